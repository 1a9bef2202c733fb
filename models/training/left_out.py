"""What networks said of photos of sources that they had never seen, in figures: ``loso.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.classifier import emptiness, kind_probabilities
from models.decision import Decision
from models.labels import KINDS
from models.measuring import measures
from models.measuring.manifest import Photo
from models.training.recipe import Run

RECIPE = (
    "The same network and pictures as the shipped model's, but in {folds} folds of {fits} shorter fits of "
    "smaller pictures, the last drawn back like its last: the largest source is left out by itself, the "
    "others in the other folds, and sources of a few photos in none. Each photo is judged by the network "
    "that saw nothing of its source, nor a near duplicate in another. Training photos of a source are "
    "judged too, up to a number, because most sources have few others. What is sure in a fold, the others' "
    "answers say."
)


@dataclass(frozen=True)
class LeftOut:
    """N photos judged by networks that saw nothing of their source; ``folds`` (N,) says by which.

    ``logits`` (N, classes) are divided by the temperature that suits each network's own sources:
    fitted for a shorter time, it is less sure of everything than the shipped one. ``unfamiliar`` holds of
    each fold how well its ``models.familiarity`` tells these photos from its own sources' (AUROC).
    """

    photos: list[Photo]
    logits: np.ndarray
    folds: np.ndarray
    unfamiliar: list[float]

    @property
    def kinds(self) -> np.ndarray:
        """The true ones (N,), as indices into KINDS."""
        return np.array([KINDS.index(photo.kind) for photo in self.photos], int)


def loso_figures(
    left: LeftOut, decisions: list[Decision], row_kinds: tuple[str, ...], runs: tuple[Run, ...]
) -> dict[str, Any]:
    """What ``loso.json`` says of the answers: figures and counts by source and in all.

    ``left`` is as sure as the shipped network would be. Each fold is judged by the one of ``decisions``
    that was chosen without it. Only what it would refuse as unfamiliar or for the view is not looked at.
    """
    kinds, sure = np.empty((len(left.photos), len(KINDS))), np.zeros(len(left.photos), bool)
    for number, decision in enumerate(decisions):
        rows, logits = left.folds == number, left.logits[left.folds == number]
        kinds[rows] = kind_probabilities(logits, row_kinds, decision.temperature)
        sure[rows] = (kinds[rows].max(1) >= decision.sure_from) & (
            emptiness(logits, row_kinds) < decision.no_item_from
        )
    of = np.array([photo.source for photo in left.photos])
    everything = np.arange(len(of))
    return {
        "recipe": RECIPE.format(folds=len(decisions), fits=len(runs)),
        "runs": [asdict(run) for run in runs],
        "unfamiliar_auroc": [None if np.isnan(one) else round(one, 4) for one in left.unfamiliar],
        **_figures(left.kinds, kinds, sure, everything),
        "sources": {
            name: _figures(left.kinds, kinds, sure, np.flatnonzero(of == name)) for name in sorted(set(of))
        },
    }


def _figures(true: np.ndarray, kinds: np.ndarray, sure: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    """Of some ``rows`` of the true kinds (N,), what was said (N, 4), and of which it was sure (N,)."""
    said, sure = kinds[rows].argmax(1), sure[rows]
    right = said == true[rows]
    counts = _confusion(true[rows], said)
    return {
        "kind_accuracy": measures.share(int(right.sum()), len(right)),
        "balanced_kind_accuracy": round(measures.balanced_accuracy(counts), 4),
        "calibration_error": round(measures.calibration_error(kinds[rows].max(1), right), 4),
        "sure": {
            "kind_accuracy": measures.share(int(right[sure].sum()), int(sure.sum())),
            "coverage": measures.share(int(sure.sum()), len(right)),
        },
        "kind_confusion": counts,
        "kind_confusion_sure": _confusion(true[rows][sure], said[sure]),
    }


def _confusion(true: np.ndarray, said: np.ndarray) -> measures.Confusion:
    return measures.confusion([KINDS[one] for one in true], [KINDS[one] for one in said], KINDS)
