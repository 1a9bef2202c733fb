"""Items cut out of their photos, to be pasted on other backgrounds: which, and where they are kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from models.labels import NO_ITEM
from models.measuring.manifest import Photo, read_jpegs

SMALLEST, LARGEST = 0.10, 0.85
"""Share of the photo a mask may cover; outside it the network took the scene, or nothing."""
COMPOSITE_SOURCES = (
    "KabirAhmad4/Intelligent-Cigarette-Butt-Detection-and-Localization-Using-YOLOv8-Segmentation",
)
"""Their pictures are cut and pasted already: no further cutting, and never in a figure of real photos."""
LONGEST = 220
"""Longest side in pixels at which a cut-out is kept in memory."""


@dataclass(frozen=True)
class CutOut:
    """An item without its background, RGBA; ``file`` is the manifest's row it was cut from."""

    file: str
    item: str
    picture: Image.Image


def cutout_path(folder: Path, file: str) -> Path:
    """Where the cut-out of the photo ``file`` lies, whatever that is called."""
    return folder / f"{hashlib.sha256(file.encode()).hexdigest()[:32]}.png"


def read_cutouts(folder: Path, photos: list[Photo]) -> list[CutOut]:
    """Every cut-out of ``photos`` that there is in ``folder``, in the order of their names."""
    found = []
    for photo in sorted(photos, key=lambda one: one.file):
        path = cutout_path(folder, photo.file)
        if path.exists():
            picture = Image.open(path).convert("RGBA")
            picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            found.append(CutOut(photo.file, photo.item, picture))
    return found


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
                item.save(cutout_path(target, photo.file))
            log.write(photo.file + "\n")
            log.flush()
            each()
