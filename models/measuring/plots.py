"""Reliability, risk-coverage and confusion as PNG. Needs matplotlib (an optional extra)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.labels import NO_ITEM
from models.measuring.answers import Answer
from models.measuring.measures import risk_coverage

BINS = 10


def draw(answers: list[Answer], result: dict[str, Any], folder: Path) -> None:
    """Writes the plots into ``folder``, which is made. Raises OSError where it cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = [one for one in answers if one.photo.kind != NO_ITEM]
    if shown:
        right = np.array([one.right for one in shown], bool)
        said = np.array([one.said.confidence for one in shown], np.float64)
        _save(_reliability(said, right), folder / "reliability.png")
        _save(_risk_coverage(said, right), folder / "risk-coverage.png")
    for level in ("kind_confusion", "item_confusion"):
        _save(_confusion(result[level], level), folder / f"{level.replace('_', '-')}.png")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure).print_png(str(path))  # type: ignore[no-untyped-call]  # matplotlib types it not


def _reliability(said: np.ndarray, right: np.ndarray) -> Figure:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="said probability of the kind", ylabel="share that was right")
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    used = [index for index in range(BINS) if (place == index).any()]
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot(
        [said[place == index].mean() for index in used],
        [right[place == index].mean() for index in used],
        marker="o",
    )
    for index in used:
        count = int((place == index).sum())
        axes.annotate(str(count), (said[place == index].mean(), right[place == index].mean()))
    return figure


def _risk_coverage(said: np.ndarray, right: np.ndarray) -> Figure:
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="share of photos answered", ylabel="share of answers that are wrong")
    axes.plot(*risk_coverage(said, right))
    return figure


def _confusion(counts: dict[str, dict[str, int]], title: str) -> Figure:
    names = list(counts)
    size = 3 + 0.4 * len(names)
    table = np.array([[counts[row][column] for column in names] for row in names])
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.add_subplot(title=title.replace("_", " "), xlabel="said", ylabel="true")
    axes.imshow(table / np.maximum(table.sum(1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    for (row, column), count in np.ndenumerate(table):
        if count:
            axes.text(column, row, str(count), ha="center", va="center")
    return figure
