"""Leaves each source out in turn: how the recipe does on photos of a source it has never met.

A shorter recipe than the shipped model's: a linear head on ImageNet's frozen features, fitted on
the other sources' photos, on composites of their items, on drawn pictures and on pictures without
an item. No fine-tuning: a backbone that had been fine-tuned would have seen every source.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from models import measures
from models.labels import KINDS, NO_ITEM
from models.training.cutouts import COMPOSITE_SOURCES
from models.training.heads import fit_head
from models.training.probing import SEED, probe
from models.training.workshop import Workshop

SMALLEST = 30
"""A source with fewer photos is not left out by itself: it would say next to nothing."""


def leave_sources_out(shop: Workshop) -> dict[str, Any]:
    """``loso.json``: counts by source and in all, over train and val photos of the source left out."""
    known = probe(shop)
    photos = shop.train + shop.val
    judged = [photo for photo in photos if photo.kind != NO_ITEM and photo.source not in COMPOSITE_SOURCES]
    sizes = Counter(photo.source for photo in judged)
    shown = known.classes < len(shop.labels.items)
    sources: dict[str, Any] = {}
    for source in sorted(name for name, size in sizes.items() if size >= SMALLEST):
        out = known.sources == source
        head = fit_head(known.features, known.classes, known.weights * ~out, len(shop.classes), SEED)
        rows = np.flatnonzero((out & shown)[: len(photos)])
        logits = known.features[rows] @ head.weight.numpy().T + head.bias.numpy()
        sources[source] = _figures([photos[row].kind for row in rows], logits, shop.labels.kinds)
        shop.console.print(f"without {source}: {sources[source]['kind_accuracy']}")
    return {"recipe": __doc__.split("\n\n")[1].replace("\n", " "), **_together(sources), "sources": sources}


def _figures(true: list[str], logits: np.ndarray, row_kinds: tuple[str, ...]) -> dict[str, Any]:
    shown = logits[:, : len(row_kinds)]
    powers = np.exp(shown - shown.max(1, keepdims=True)).astype(np.float64)
    items = powers / powers.sum(1, keepdims=True)
    kinds = np.stack([items[:, [row == kind for row in row_kinds]].sum(1) for kind in KINDS], 1)
    said = [KINDS[index] for index in kinds.argmax(1)]
    right = np.array([one == two for one, two in zip(true, said, strict=True)])
    counts = measures.confusion(true, said, KINDS)
    return {
        "kind_accuracy": measures.share(int(right.sum()), len(right)),
        "balanced_kind_accuracy": round(measures.balanced_accuracy(counts), 4),
        "calibration_error": round(measures.calibration_error(kinds.max(1), right), 4),
        "kind_confusion": counts,
    }


def _together(sources: dict[str, Any]) -> dict[str, Any]:
    total = {row: dict.fromkeys(KINDS, 0) for row in KINDS}
    for part in sources.values():
        for row, columns in part["kind_confusion"].items():
            for column, count in columns.items():
                total[row][column] += count
    hits = sum(total[kind][kind] for kind in KINDS)
    photos = sum(sum(row.values()) for row in total.values())
    return {
        "kind_accuracy": measures.share(hits, photos),
        "balanced_kind_accuracy": round(measures.balanced_accuracy(total), 4),
        "kind_confusion": total,
    }
