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
    shown = [one for one in answers if one.photo.kind != NO_ITEM and not one.unread]
    model = f"model {result['model_sha256'][:12]}"
    if shown:
        right = np.array([one.right for one in shown], bool)
        said = np.array([one.said.confidence for one in shown], np.float64)
        of = f"{model}, {len(shown)} photos with an item"
        _save(_reliability(said, right, of), folder / "reliability.png")
        _save(_risk_coverage(said, right, result["sure"], of), folder / "risk-coverage.png")
    for level in ("kind_confusion", "item_confusion"):
        counts = result[level]
        photos = sum(sum(row.values()) for row in counts.values())
        title = f"{level.replace('_', ' ')}, {photos} photos,\nunsure answers included,\n{model}"
        _save(_confusion(counts, title), folder / f"{level.replace('_', '-')}.png")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure).print_png(str(path))  # type: ignore[no-untyped-call]  # matplotlib types it not


def _reliability(said: np.ndarray, right: np.ndarray, of: str) -> Figure:
    """Each bin with its 95 % interval; how many photos are in it stands above them all."""
    figure = Figure(figsize=(5.4, 5.6), layout="constrained")
    axes = figure.add_subplot(
        title=f"reliability, unsure answers included\n{of}",
        xlabel="said probability of the kind, in tenths (above: photos in each)",
        ylabel="share that was right, 95 % interval",
        xlim=(0, 1),
        ylim=(-0.03, 1.12),
        xticks=np.arange(BINS + 1) / BINS,
        yticks=np.arange(6) / 5,
    )
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    for index in range(BINS):
        inside = place == index
        if inside.any():
            hits, count, x = int(right[inside].sum()), int(inside.sum()), float(said[inside].mean())
            axes.plot([x, x], wilson(hits, count), color="C0")
            axes.plot(x, hits / count, marker="o", color="C0", clip_on=False)
            axes.text((index + 0.5) / BINS, 1.07, str(count), ha="center", va="center", fontsize=9)
    return figure


def _risk_coverage(said: np.ndarray, right: np.ndarray, sure: dict[str, Any], of: str) -> Figure:
    """The curve, and where the thresholds in use stop: what is sure, and how much of it is wrong.

    The mark may lie off the curve: a photo that is refused is not sure, however probable its kind.
    """
    figure = Figure(figsize=(5.6, 4.4), layout="constrained")
    axes = figure.add_subplot(
        title=f"risk and coverage\n{of}",
        xlabel="share of photos answered, the surest first",
        ylabel="share of answers of a wrong kind",
        xlim=(0, 1.02),
    )
    axes.plot(*risk_coverage(said, right), color="C0", label="answering ever more photos")
    hits, count = sure["kind_accuracy"]["hits"], sure["kind_accuracy"]["of"]
    if count:
        low, high = wilson(count - hits, count)
        x, risk = count / len(said), (count - hits) / count
        axes.plot([x, x], [low, high], color="C1")
        label = f"where it is sure: {count} of {len(said)},\n{count - hits} of them wrong (95 % interval)"
        axes.plot(x, risk, marker="o", linestyle="", color="C1", label=label)
    axes.set_ylim(bottom=0)
    axes.legend(loc="best", fontsize=8)
    return figure


def _confusion(counts: dict[str, dict[str, int]], title: str) -> Figure:
    names = list(counts)
    size = 3.2 + 0.4 * len(names)
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
