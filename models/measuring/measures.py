"""Figures about answers: accuracy with its interval, confusion, calibration, risk and coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Confusion = dict[str, dict[str, int]]

Z95 = 1.959963984540054
ENOUGH = 30
"""Below so many photos a percentage says too little: an interval is given instead."""


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953); (0, 1) of nothing."""
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, Z95**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    reach = Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2)) / (1 + square / total)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def share(hits: int, total: int) -> dict[str, object]:
    """Hits, total, 95 % interval, and the share itself where there are enough photos to state it."""
    low, high = wilson(hits, total)
    return {
        "hits": hits,
        "of": total,
        "share": round(hits / total, 4) if total >= ENOUGH else None,
        "interval": [round(low, 4), round(high, 4)],
    }


def of(counted: dict[str, Any]) -> float:
    """The share in what ``share`` gave, 0 to 1, also where it is too few to state; 0 of nothing."""
    return float(counted["hits"] / max(1, counted["of"]))


def confusion(true: Sequence[str], said: Sequence[str], names: Sequence[str]) -> Confusion:
    """``{true: {said: count}}`` with every pair of ``names`` present."""
    counts = {row: dict.fromkeys(names, 0) for row in names}
    for row, column in zip(true, said, strict=True):
        counts[row][column] += 1
    return counts


def recall(counts: Confusion, name: str) -> tuple[int, int]:
    """Photos of ``name`` that were called so, and all photos of it."""
    return counts[name][name], sum(counts[name].values())


def precision(counts: Confusion, name: str) -> tuple[int, int]:
    """Photos called ``name`` that were it, and all that were called so."""
    return counts[name][name], sum(row[name] for row in counts.values())


def balanced_accuracy(counts: Confusion) -> float:
    """The mean recall of the names that have photos; NaN where none has."""
    recalls = [hits / total for hits, total in (recall(counts, name) for name in counts) if total]
    return float(np.mean(recalls)) if recalls else math.nan


def macro_f1(counts: Confusion) -> float:
    """The mean F1 of the names that have photos; NaN where none has."""
    scores = []
    for name in counts:
        hits, total = recall(counts, name)
        if total:
            scores.append(2 * hits / (total + precision(counts, name)[1]))
    return float(np.mean(scores)) if scores else math.nan


def calibration_error(confidence: Floats, right: Bools, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins (Guo et al. 2017, arXiv:1706.04599)."""
    if confidence.size == 0:
        return math.nan
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidence[place == index].sum() - right[place == index].sum()))
        for index in range(bins)
        if (place == index).any()
    ]
    return sum(gaps) / confidence.size


def risk_coverage(confidence: Floats, right: Bools) -> tuple[Floats, Floats]:
    """(coverage, risk), each (N,): the surest photo first, then one more at a time."""
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, confidence.size + 1)
    return count / max(confidence.size, 1), np.cumsum(~right[order]) / count


def area_under_risk(confidence: Floats, right: Bools) -> float:
    """AURC (Geifman et al. 2019, arXiv:1805.08206): mean risk over all coverages; NaN of nothing."""
    return float(risk_coverage(confidence, right)[1].mean()) if confidence.size else math.nan


def auroc(positive: Floats, negative: Floats) -> float:
    """The chance that a positive scores above a negative, ties counting half; NaN where one is empty."""
    if positive.size == 0 or negative.size == 0:
        return math.nan
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / 2 / negative.size)
