"""Reliability, risk-coverage and confusion as PNG. Needs matplotlib (an optional extra)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.labels import NO_ITEM
from models.measuring.answers import Answer
from models.measuring.measures import risk_coverage, wilson

BINS = 10


def draw(answers: list[Answer], result: dict[str, Any], folder: Path) -> None:
    """Writes the plots into ``folder``, which is made. Raises OSError where it cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = [one for one in answers if one.photo.kind != NO_ITEM]
    if shown:
        right = np.array([one.right for one in shown], bool)
        said = np.array([one.said.confidence for one in shown], np.float64)
        of = f"model {result['model_sha256'][:12]}, {len(shown)} photos"
        _save(_reliability(said, right, of), folder / "reliability.png")
        _save(_risk_coverage(said, right, of), folder / "risk-coverage.png")
    for level in ("kind_confusion", "item_confusion"):
        title = f"{level.replace('_', ' ')}, model {result['model_sha256'][:12]}"
        _save(_confusion(result[level], title), folder / f"{level.replace('_', '-')}.png")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure).print_png(str(path))  # type: ignore[no-untyped-call]  # matplotlib types it not


def _reliability(said: np.ndarray, right: np.ndarray, of: str) -> Figure:
    """Each bin with its 95 % interval, and how many photos are in it."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot(
        title=f"reliability, {of}", xlabel="said probability of the kind", ylabel="share that was right"
    )
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    for inside in (place == index for index in range(BINS)):
        if inside.any():
            hits, count, x = int(right[inside].sum()), int(inside.sum()), float(said[inside].mean())
            low, high = wilson(hits, count)
            axes.plot([x, x], [low, high], color="C0")
            axes.plot(x, hits / count, marker="o", color="C0")
            axes.annotate(str(count), (x, low), (0, -4), textcoords="offset points", ha="center", va="top")
    return figure


def _risk_coverage(said: np.ndarray, right: np.ndarray, of: str) -> Figure:
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.add_subplot(
        title=f"risk and coverage, {of}",
        xlabel="share of photos answered, the surest first",
        ylabel="share of answers that are wrong",
    )
    axes.plot(*risk_coverage(said, right))
    return figure


def _confusion(counts: dict[str, dict[str, int]], title: str) -> Figure:
    names = list(counts)
    size = 3 + 0.4 * len(names)
    table = np.array([[counts[row][column] for column in names] for row in names])
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel="said", ylabel="true")
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    for (row, column), count in np.ndenumerate(table):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    return figure
