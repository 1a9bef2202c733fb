"""What the manifests can teach: the items and their kinds."""

from __future__ import annotations

from models.labels import KINDS, NO_ITEM, REFUSALS, Labels
from models.measuring.manifest import Photo

BAG = "bag"
"""The ``fine`` of a closed bag, whose ``bin`` is none. Only drawn pictures show some: no photo here does."""
COVERED = "covered"
"""The ``fine`` of a view that the lens hides, whose ``bin`` is none: the simulator draws some, training makes
others (``spoilt.py``).
"""
SIDE = 224


def labels_of(train: list[Photo], val: list[Photo]) -> Labels:
    """The items of ``train``, each of the one kind that it has everywhere.

    Raises ValueError, which names the photo, where one of either split cannot be of any class, and where
    a kind, or what shows none, is missing in either: every step after this needs some.
    """
    kinds: dict[str, str] = {}
    for photo in train + val:
        if photo.kind != NO_ITEM and kinds.setdefault(photo.item, photo.kind) != photo.kind:
            raise ValueError(f"{photo.file}: {photo.item} is {photo.kind}, and {kinds[photo.item]} elsewhere")
    items = tuple(sorted({photo.item for photo in train} & kinds.keys()))
    for photo in train + val:
        if photo.item not in ((NO_ITEM, BAG, COVERED) if photo.kind == NO_ITEM else items):
            why = (
                "in no photo of train" if photo.kind != NO_ITEM else "no item: 'fine' is none, bag or covered"
            )
            raise ValueError(f"{photo.file}: {photo.item!r} is {why}")
    for split, photos in (("train", train), ("val", val)):
        for wanted in (*KINDS, NO_ITEM):
            if all(photo.kind != wanted for photo in photos):
                raise ValueError(f"no photo of {split} is of {wanted}: give a manifest that has some, too")
    return Labels(items, tuple(kinds[item] for item in items), SIDE, REFUSALS)


def classes_of(labels: Labels) -> tuple[str, ...]:
    """What a network tells apart, in the order of its logits, each as the ``fine`` of its photos."""
    return (*labels.items, *(NO_ITEM if reason == "no_item" else reason for reason in labels.refusals))
