"""Which items are cut out of their photos, to be pasted on other backgrounds."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from models.labels import NO_ITEM
from models.measuring.manifest import Photo, read_jpegs
from models.training.composites import cutout_path

SMALLEST, LARGEST = 0.10, 0.85
"""Share of the photo a mask may cover; outside it the network took the scene, or nothing."""
COMPOSITE_SOURCES = (
    "KabirAhmad4/Intelligent-Cigarette-Butt-Detection-and-Localization-Using-YOLOv8-Segmentation",
)
"""Their pictures are cut and pasted already: no further cutting, and never in a figure of real photos."""


def chosen(photos: list[Photo], per_kind: int, seed: int) -> list[Photo]:
    """Up to ``per_kind`` photos of each kind, its items taken in turn, three of a duplicate group at most.

    The order interleaves kinds and items, so that an interrupted run is still balanced.
    """
    order = random.Random(seed)
    shelves: dict[str, dict[str, list[Photo]]] = {}
    for photo in order.sample(photos, len(photos)):
        if photo.item != NO_ITEM and photo.source not in COMPOSITE_SOURCES:
            shelves.setdefault(photo.kind, {}).setdefault(photo.item, []).append(photo)
    queues = {}
    for kind, items in sorted(shelves.items()):
        queue: list[Photo] = []
        groups: dict[str, int] = {}
        while len(queue) < per_kind and any(items.values()):
            for _, shelf in sorted(items.items()):
                while shelf:
                    photo = shelf.pop()
                    if groups.get(photo.group, 0) < 3:
                        groups[photo.group] = groups.get(photo.group, 0) + 1
                        queue.append(photo)
                        break
        queues[kind] = queue[:per_kind]
    rounds = range(max(map(len, queues.values()), default=0))
    return [queue[turn] for turn in rounds for queue in queues.values() if turn < len(queue)]


def cut_all(
    photos: list[Photo],
    folder: Path,
    cut: Callable[[bytes], Image.Image | None],
    target: Path,
    each: Callable[[], None],
) -> None:
    """Writes into ``target`` what ``cut`` makes of each; goes on where it stopped."""
    done = target / "done.txt"
    target.mkdir(parents=True, exist_ok=True)
    seen = set(done.read_text(encoding="utf-8").splitlines()) if done.exists() else set()
    rest = [photo for photo in photos if photo.file not in seen]
    jpegs = {photo.file: jpeg for photo, jpeg in read_jpegs(rest, folder)}
    with done.open("a", encoding="utf-8") as log:
        for photo in rest:
            item = cut(jpegs[photo.file])
            if item is not None:
                path = cutout_path(target, photo.file)
                path.parent.mkdir(parents=True, exist_ok=True)
                item.save(path)
            log.write(photo.file + "\n")
            log.flush()
            each()
