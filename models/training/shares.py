"""How often each photo is shown, and which sources are left out together."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from models.labels import NO_ITEM
from models.measuring.manifest import Photo
from models.training.cutouts import COMPOSITE_SOURCES

ONE_SIDED = (
    "PDooDP/opencv_RecyclableWastes_Detection",
    "TrashArmy/Trash-Data",
    "EcoEra-FourFront/EcoEra",
    "No1tan1ts3d/AUTOMATIC-PLASTIC-BOTTLE-SORTING-WITH-ROBOTIC-ARM-USING-RASPBERRY-PI",
    "KabirAhmad4/Intelligent-Cigarette-Butt-Detection-and-Localization-Using-YOLOv8-Segmentation",
)
CAP = 60
"""So many photos' worth of weight is all that a one-sided source gets for an item."""
KIND_SHARES = {"recyclable": 0.37, "kitchen": 0.19, "hazardous": 0.22, "other": 0.22}
REAL, PASTED, DRAWN = 0.45, 0.30, 0.07
"""Shares of real photos, composites and drawn items; the rest shows no item."""
HIDDEN = 0.25
"""Of what is made to show no item, so much is a view that the lens hides."""
SMALLEST = 30
"""A source with fewer photos is not left out by itself: it would say next to nothing."""


def photo_weights(photos: list[Photo], left_out: frozenset[str] = frozenset()) -> np.ndarray:
    """How often each photo is drawn, float64 (N,), summing to 1; 0 without an item, or of a source left out.

    Kinds by KIND_SHARES; within a kind an item by the root of its effective photos; within an
    item, one-sided sources are capped and a near-duplicate group counts as the root of its size.
    """
    sizes = Counter(photo.group for photo in photos)
    weights = np.array([sizes[photo.group] ** -0.5 for photo in photos])
    weights[[photo.kind == NO_ITEM or photo.source in left_out for photo in photos]] = 0
    shelves: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, photo in enumerate(photos):
        shelves[photo.source, photo.item].append(index)
    for (source, _), rows in shelves.items():
        if source in ONE_SIDED and source not in left_out:
            weights[rows] *= min(1.0, CAP / weights[rows].sum())
    return even_weights(weights, [(photo.kind, photo.item) for photo in photos])


def even_weights(weights: np.ndarray, names: list[tuple[str, str]]) -> np.ndarray:
    """``weights`` rescaled so that kinds have KIND_SHARES and items of a kind the root of theirs."""
    even = np.zeros_like(weights)
    items = sorted({name for name, weight in zip(names, weights, strict=True) if weight > 0})
    roots = {}
    for name in items:
        rows = np.array([name == other for other in names])
        even[rows] = weights[rows] / weights[rows].sum()
        roots[name] = weights[rows].sum() ** 0.5
    for name in items:
        rows = np.array([name == other for other in names])
        kind = sum(root for other, root in roots.items() if other[0] == name[0])
        even[rows] *= KIND_SHARES[name[0]] * roots[name] / kind
    return even / even.sum()


def whole_photos(photos: list[Photo]) -> list[Photo]:
    """Those with an item that were taken as they are: what figures of real photos are about."""
    return [photo for photo in photos if photo.kind != NO_ITEM and photo.source not in COMPOSITE_SOURCES]


def folds(photos: list[Photo]) -> list[frozenset[str]]:
    """Sources left out in turn: the largest; the second, fourth, …; the third, fifth, …

    Raises ValueError where there are no two that could be.
    """
    sizes = Counter(photo.source for photo in whole_photos(photos))
    names = [
        name for name, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])) if size >= SMALLEST
    ]
    if len(names) < 2:
        raise ValueError(f"{len(names)} sources have {SMALLEST} photos of items, and two are needed")
    return [frozenset(part) for part in (names[:1], names[1::2], names[2::2]) if part]


def strangers(
    train: list[Photo], val: list[Photo], sources: frozenset[str], most: int, dice: np.random.Generator
) -> list[Photo]:
    """``most`` photos at most of each of ``sources``, none a near duplicate of what is trained on."""
    shown = {photo.group for photo in train if photo.source not in sources}
    found = []
    for source in sorted(sources):
        own = [photo for photo in whole_photos(train + val)
               if photo.source == source and photo.group not in shown]  # fmt: skip
        found += [own[row] for row in sorted(dice.permutation(len(own))[:most])]
    return found
