"""Validation items on grounds they were never photographed on: the test that photos alone cannot give.

Also made pictures without an item. They are written as photos with a manifest of their own, whose
sources are the grounds, so that ``models.evaluate`` and ``models.compare`` judge them as any others;
a figure of theirs is never one with real photos.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from models.labels import NO_ITEM
from models.training import backgrounds, spoilt
from models.training.backgrounds import Stock
from models.training.composites import paste
from models.training.cutouts import CutOut

SEED = 77
MANIFEST = "manifest-made.csv"

Made = tuple[str, str, str, Image.Image]
"""Kind, item, ground and picture."""
GROUNDS: dict[str, Callable[[np.random.Generator, Stock], Image.Image]] = {
    "panel": lambda dice, _stock: backgrounds.panel(dice),
    "plain": backgrounds.plain,
    "compartment": lambda dice, _stock: backgrounds.compartment(dice),
    "rough": lambda dice, _stock: backgrounds.rough(dice),
    "scene": backgrounds.photographed,
}
UNDER_ITEMS = tuple(name for name in GROUNDS if name != "rough")
STRUCK = tuple(name for name in GROUNDS if name != "scene")
SORTS = len(GROUNDS) + len(spoilt.WAYS) + len(STRUCK)
"""Of pictures without an item: grounds, spoilt views, and grounds that something crosses."""


def write(folder: Path, cutouts: list[CutOut], kinds: dict[str, str], stock: Stock, bare: int) -> None:
    """Fills ``folder`` with every picture and MANIFEST, which is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (kind, item, ground, picture) in enumerate(
        [*items_on_grounds(cutouts, kinds, stock), *empty_pictures(stock, bare)]
    ):
        name = f"{ground}-{number:04}.png"
        picture.save(folder / name)
        lines.append((name, "made", kind, item, ground))
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as target:
        rows = csv.writer(target)
        rows.writerow(("file", "split", "bin", "fine", "source_repo"))
        rows.writerows(lines)


def items_on_grounds(cutouts: list[CutOut], kinds: dict[str, str], stock: Stock) -> Iterator[Made]:
    """Every cut-out once on a plain panel, drawn and real, in a bin, and on a photographed scene."""
    dice = np.random.default_rng(SEED)
    for cut in cutouts:
        for name in UNDER_ITEMS:
            yield kinds[cut.item], cut.item, name, paste(cut.picture, GROUNDS[name](dice, stock), dice)


def empty_pictures(stock: Stock, bare: int) -> Iterator[Made]:
    """Bare grounds, and views that a camera's light or lens has spoilt: ``bare`` of every sort."""
    dice = np.random.default_rng(SEED + 1)
    for name, ground in GROUNDS.items():
        for _ in range(bare):
            yield NO_ITEM, NO_ITEM, name, ground(dice, stock)
    for spoil in spoilt.WAYS:
        for _ in range(bare):
            yield NO_ITEM, NO_ITEM, spoil.__name__, spoil(backgrounds.photographed(dice, stock), dice)
    for name in STRUCK:
        for _ in range(bare):
            yield NO_ITEM, NO_ITEM, f"{name}, struck", backgrounds.struck(GROUNDS[name](dice, stock), dice)
