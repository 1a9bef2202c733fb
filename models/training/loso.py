"""Leaves each source out in turn: how the recipe does on photos of a source it has never met.

A shorter recipe than the shipped model's: a linear head on ImageNet's frozen features, fitted on
the other sources' photos, on composites of their items, and on pictures without an item. No
fine-tuning: a backbone that had been fine-tuned would have seen every source.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from models import measures
from models.labels import KINDS, NO_ITEM
from models.training.composites import composite, empty
from models.training.heads import features_of, fit_head
from models.training.network import WasteNetwork
from models.training.samples import PASTED, REAL, photo_weights
from models.training.workshop import Workshop

SMALLEST = 30
"""A source with fewer photos is not left out by itself: it would say next to nothing."""
PICTURES = 2400
SEED = 31


def leave_sources_out(shop: Workshop) -> dict[str, Any]:
    """``loso.json``: counts by source and in all, over train and val photos of the source left out."""
    photos = shop.train + shop.val
    bare = WasteNetwork(len(shop.labels.items) + 1)
    real = np.concatenate([_cached(shop, bare, split) for split in ("train", "val")])
    made, made_classes, made_sources = _made(shop, bare)
    names = (*shop.labels.items, NO_ITEM)
    classes = np.array([names.index(photo.item) for photo in photos])
    trained = np.array([photo.split == "train" for photo in photos])
    sizes = Counter(photo.source for photo in photos if photo.kind != NO_ITEM)
    weights = np.concatenate([photo_weights(shop.train), np.zeros(len(shop.val))]) * REAL
    weights[trained & (classes == len(names) - 1)] = 1.0
    weights[classes == len(names) - 1] *= 0.06 / max(weights[classes == len(names) - 1].sum(), 1e-9)
    sources: dict[str, Any] = {}
    for source in sorted(name for name, size in sizes.items() if size >= SMALLEST):
        out = np.array([photo.source == source for photo in photos])
        kept = weights * ~out
        kept_made = np.full(len(made), (PASTED + 0.06) / len(made)) * (made_sources != source)
        head = fit_head(
            np.concatenate([real, made]),
            np.concatenate([classes, made_classes]),
            np.concatenate([kept, kept_made]),
            len(names),
            SEED,
        )
        rows = np.flatnonzero(out & (classes < len(names) - 1))
        logits = real[rows] @ head.weight.numpy().T + head.bias.numpy()
        sources[source] = _figures([photos[row].kind for row in rows], logits, shop.labels.kinds)
        shop.console.print(f"without {source}: {sources[source]['kind_accuracy']}")
    return {"recipe": __doc__.split("\n\n")[1].replace("\n", " "), **_together(sources), "sources": sources}


def _cached(shop: Workshop, bare: WasteNetwork, split: str) -> np.ndarray:
    cache = shop.folder / f"{split}-lite0.npy"
    if not cache.exists():
        np.save(cache, features_of(bare, shop.squares(split), shop.labels.side))
    return np.load(cache)


def _made(shop: Workshop, bare: WasteNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, classes and sources of composites and empty pictures; an empty one has no source."""
    dice = np.random.default_rng(SEED)
    scenes, cuts = shop.scenes("train"), shop.cutouts("train")
    source_of = {photo.file: photo.source for photo in shop.train}
    kinds = {photo.item: photo.kind for photo in shop.train}
    by_kind = {kind: [cut for cut in cuts if kinds[cut.item] == kind] for kind in KINDS}
    squares, classes, sources = [], [], []
    for index in range(PICTURES):
        if index % 7 == 6:
            squares.append(empty(dice, scenes))
            classes.append(len(shop.labels.items))
            sources.append("")
        else:
            shelf = by_kind[KINDS[index % 7 % len(KINDS)]]
            cut = shelf[dice.integers(len(shelf))]
            squares.append(composite(cut.picture, dice, scenes))
            classes.append(shop.labels.items.index(cut.item))
            sources.append(source_of[cut.file])
    stack = np.stack([np.asarray(square) for square in squares])
    cache = shop.folder / "made-lite0.npy"
    if not cache.exists():
        np.save(cache, features_of(bare, stack, shop.labels.side))
    return np.load(cache), np.array(classes), np.array(sources)


def _figures(true: list[str], logits: np.ndarray, row_kinds: tuple[str, ...]) -> dict[str, Any]:
    powers = np.exp(logits[:, :-1] - logits[:, :-1].max(1, keepdims=True)).astype(np.float64)
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
