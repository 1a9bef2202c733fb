"""Chooses every threshold of ``decision.json``: none on photos that anybody will be judged by.

Three groups speak: validation photos of the training's own sources, photos of sources left out,
and validation items on strange grounds. One temperature is the least far from what is aimed at in
each; what is said surely is trusted as far as it held on the sources left out (half of the
weight) and on the two others: on the photos' own sources nearly any threshold looks safe. What is
refused is chosen on validation photos and strange grounds, which the shipped network itself saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import lens
from models.classifier import emptiness, kind_probabilities
from models.decision import Decision
from models.familiarity import Familiarity
from models.measuring.measures import calibration_error

RIGHT_WHEN_SURE = 0.96
OWN_ERROR, STRANGE_ERROR = 0.02, 0.05
"""Calibration errors that are aimed at, on the training's own sources and on any other pictures."""
REFUSED_AT_MOST = {"lens": 0.002, "no_item": 0.012, "unfamiliar": 0.003}
"""Shares of items that each check may refuse wrongly; together below the 2 % asked for."""
TEMPERATURES = np.geomspace(0.2, 4.0, 91)


@dataclass(frozen=True)
class Scored:
    """Answers of the shipped network on N pictures with an item.

    ``logits`` (N, classes), ``features`` (N, F), ``kinds`` (N,) as indices into KINDS; ``real`` (N,)
    is true of photos and false of composites.
    """

    logits: np.ndarray
    features: np.ndarray
    kinds: np.ndarray
    real: np.ndarray
    views: list[lens.View]


@dataclass(frozen=True)
class Strange:
    """Answers on N photos of sources that the network asked had never seen.

    ``logits`` (N, classes) are as sure as the shipped network's would be (``as_sure``).
    """

    logits: np.ndarray
    kinds: np.ndarray


def choose(
    scored: Scored, strange: Strange, familiarity: Familiarity, row_kinds: tuple[str, ...]
) -> Decision:
    """The decision whose wrong refusals and wrong sure answers stay below what is allowed here."""
    own = scored.real
    groups = [
        (scored.logits[own], scored.kinds[own], OWN_ERROR, 0.25),
        (scored.logits[~own], scored.kinds[~own], STRANGE_ERROR, 0.25),
        (strange.logits, strange.kinds, STRANGE_ERROR, 0.5),
    ]
    groups = [group for group in groups if len(group[1])]

    def farthest(temperature: float) -> float:
        return max(
            _error(kind_probabilities(logits, row_kinds, temperature), true) / aim
            for logits, true, aim, _ in groups
        )

    temperature = min(TEMPERATURES.tolist(), key=farthest)
    kinds = np.concatenate([kind_probabilities(group[0], row_kinds, temperature) for group in groups])
    true = np.concatenate([group[1] for group in groups])
    weights = np.concatenate([np.full(len(group[1]), group[3] / len(group[1])) for group in groups])
    empty = emptiness(scored.logits, row_kinds)
    distances = np.array([familiarity.distance(one) for one in scored.features])
    sharp = np.array([view.sharpness for view in scored.views])
    bright = np.array([view.brightest for view in scored.views])
    allowed = REFUSED_AT_MOST["lens"]
    return Decision(
        temperature=round(temperature, 3),
        sure_from=_sure_from(kinds, true, weights),
        no_item_from=max(0.02, _quantile(empty, 1 - REFUSED_AT_MOST["no_item"])),
        unfamiliar_from=_quantile(distances, 1 - REFUSED_AT_MOST["unfamiliar"]),
        dark_below=min(28.0, _quantile(bright, allowed)),
        flat_below=8.0,
        sharp_from=_quantile(sharp, allowed),
    )


def as_sure(logits: np.ndarray, scored: Scored, row_kinds: tuple[str, ...]) -> np.ndarray:
    """Logits that suit their networks' own sources at temperature 1, as sure as those in ``scored``."""
    own = scored.real
    return logits * best_temperature(scored.logits[own], scored.kinds[own], row_kinds)


def best_temperature(logits: np.ndarray, true: np.ndarray, row_kinds: tuple[str, ...]) -> float:
    """The one that makes the true kinds (N,) likeliest (Guo et al. 2017, arXiv:1706.04599); 1 of nothing."""
    if not len(true):
        return 1.0

    def surprise(temperature: float) -> float:
        said = kind_probabilities(logits, row_kinds, temperature)[np.arange(len(true)), true]
        return float(-np.log(np.maximum(said, 1e-9)).mean())

    return float(min(TEMPERATURES.tolist(), key=surprise))


def _error(kinds: np.ndarray, true: np.ndarray) -> float:
    return calibration_error(kinds.max(1), kinds.argmax(1) == true)


def _sure_from(kinds: np.ndarray, true: np.ndarray, weights: np.ndarray) -> float:
    """The lowest confidence above which RIGHT_WHEN_SURE of the weight is right, at least 0.5."""
    steps = np.floor(kinds.max(1) * 1000) / 1000  # the threshold has three digits, and equals go together
    order = np.argsort(-steps)
    right = (kinds.argmax(1) == true)[order] * weights[order]
    shares = np.cumsum(right) / np.cumsum(weights[order])
    last = np.append(np.diff(steps[order]) < 0, True)
    good = np.flatnonzero((shares >= RIGHT_WHEN_SURE) & last)
    return round(max(0.5, float(steps[order][good[-1]]) if len(good) else 0.99), 3)


def _quantile(values: np.ndarray, share: float) -> float:
    return round(float(np.quantile(values, share)), 4)
