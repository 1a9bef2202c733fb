"""Chooses every threshold of ``decision.json``: none on photos that anybody will be judged by.

What is said of an item is trusted as far as it held on sources that were left out (half of the
weight), on validation items on strange grounds and on validation photos (a quarter each): on the
photos' own sources nearly any threshold looks safe. What is refused is chosen on the last two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import lens
from models.classifier import softmax
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS

RIGHT_WHEN_SURE = 0.96
REFUSED_AT_MOST = {"lens": 0.002, "no_item": 0.012, "unfamiliar": 0.003}
"""Shares of items that each check may refuse wrongly; together below the 2 % asked for."""


@dataclass(frozen=True)
class Scored:
    """Answers of the shipped network on N pictures with an item.

    ``logits`` (N, classes), ``features`` (N, F), ``kinds`` (N,) as indices into KINDS, ``weights`` (N,).
    """

    logits: np.ndarray
    features: np.ndarray
    kinds: np.ndarray
    weights: np.ndarray
    views: list[lens.View]


@dataclass(frozen=True)
class Strange:
    """Answers on N photos of sources that the network asked had never seen."""

    logits: np.ndarray
    kinds: np.ndarray

    def beside(self, scored: Scored) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(logits, kinds, weights) of both, each with half of the weight."""
        weights = np.full(len(self.kinds), scored.weights.sum() / max(len(self.kinds), 1))
        return (
            np.concatenate([scored.logits, self.logits]),
            np.concatenate([scored.kinds, self.kinds]),
            np.concatenate([scored.weights, weights]),
        )


def choose(
    scored: Scored, strange_photos: Strange, familiarity: Familiarity, row_kinds: tuple[str, ...]
) -> Decision:
    """The decision whose wrong refusals and wrong sure answers stay below what is allowed here."""
    logits, true, weights = strange_photos.beside(scored)

    def surprise(temperature: float) -> float:
        said = kind_probabilities(logits, row_kinds, temperature)[np.arange(len(true)), true]
        return float(-(np.log(np.maximum(said, 1e-9)) * weights).sum() / weights.sum())

    temperature = min(np.arange(0.4, 2.51, 0.05).tolist(), key=surprise)
    kinds = kind_probabilities(logits, row_kinds, temperature)
    empty = softmax(scored.logits)[:, len(row_kinds) :].sum(1)
    strange = np.array([familiarity.distance(one) for one in scored.features])
    sharp = np.array([view.sharpness for view in scored.views])
    bright = np.array([view.brightest for view in scored.views])
    allowed = REFUSED_AT_MOST["lens"]
    return Decision(
        temperature=round(temperature, 2),
        sure_from=_sure_from(kinds, true, weights),
        no_item_from=max(0.02, _quantile(empty, 1 - REFUSED_AT_MOST["no_item"])),
        unfamiliar_from=_quantile(strange, 1 - REFUSED_AT_MOST["unfamiliar"]),
        dark_below=min(28.0, _quantile(bright, allowed)),
        flat_below=8.0,
        sharp_from=_quantile(sharp, allowed),
        covered_below=_quantile(sharp, allowed) * 0.6,
    )


def kind_probabilities(logits: np.ndarray, row_kinds: tuple[str, ...], temperature: float) -> np.ndarray:
    """(N, 4) from logits (N, classes), of which those after the items are left aside."""
    items = softmax(logits[:, : len(row_kinds)] / temperature)
    return np.stack([items[:, [row == kind for row in row_kinds]].sum(1) for kind in KINDS], 1)


def _sure_from(kinds: np.ndarray, true: np.ndarray, weights: np.ndarray) -> float:
    """The lowest confidence above which RIGHT_WHEN_SURE of the weight is right, at least 0.5."""
    order = np.argsort(-kinds.max(1))
    right = (kinds.argmax(1) == true)[order] * weights[order]
    shares = np.cumsum(right) / np.cumsum(weights[order])
    good = np.flatnonzero(shares >= RIGHT_WHEN_SURE)
    return round(max(0.5, float(kinds.max(1)[order][good[-1]]) if len(good) else 0.99), 3)


def _quantile(values: np.ndarray, share: float) -> float:
    return round(float(np.quantile(values, share)), 4)
