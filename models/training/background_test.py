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
from PIL import Image, ImageFilter

from models.labels import NO_ITEM
from models.training import backgrounds
from models.training.backgrounds import Stock
from models.training.composites import CutOut, paste

SEED = 77
MANIFEST = "manifest-made.csv"

Made = tuple[str, str, str, Image.Image]
"""Kind, item, ground and picture."""


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
        for name, ground in _grounds(stock).items():
            if name != "rough":
                yield kinds[cut.item], cut.item, name, paste(cut.picture, ground(dice), dice)


def empty_pictures(stock: Stock, bare: int) -> Iterator[Made]:
    """Bare grounds, and views that a camera's light or lens has spoilt: ``bare`` of every sort."""
    dice = np.random.default_rng(SEED + 1)
    for name, ground in _grounds(stock).items():
        for _ in range(bare):
            yield NO_ITEM, NO_ITEM, name, ground(dice)
    for spoil in (dark, blurred, covered, overexposed, dirty):
        for _ in range(bare):
            yield NO_ITEM, NO_ITEM, spoil.__name__, spoil(backgrounds.photographed(dice, stock), dice)


def dark(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Almost no light: what is left is the sensor's noise."""
    pixels = np.asarray(picture, np.float32) * dice.uniform(0.0, 0.06)
    pixels += dice.normal(0, dice.uniform(0.5, 3), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def blurred(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Far out of focus: no edge is left that an item could be known by."""
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(7, 14))))


def covered(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Something lies on the lens: one smooth colour with a hint of light, and a little noise."""
    base = np.ones((backgrounds.SIDE, backgrounds.SIDE, 3), np.float32) * dice.uniform(20, 150, 3)
    base += backgrounds.cloud(dice, 3)[..., None] * dice.uniform(10, 40)
    haze = np.asarray(picture.filter(ImageFilter.GaussianBlur(25)), np.float32)
    mixed = base * 0.85 + haze * 0.15 + dice.normal(0, dice.uniform(0.5, 3), base.shape)
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def overexposed(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Far too much light: most of what was there is white."""
    pixels = np.asarray(picture, np.float32) * dice.uniform(3, 10)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def dirty(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """A greasy lens: behind smears it is out of focus under a veil, between them it is not."""
    smeared = np.asarray(picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(5, 12)))), np.float32)
    smeared = smeared * 0.6 + dice.uniform(60, 180, 3).astype(np.float32) * 0.4
    thick = np.clip(backgrounds.cloud(dice, int(dice.integers(3, 7)))[..., None] * 2 + 0.8, 0, 1)
    mixed = smeared * thick + np.asarray(picture, np.float32) * (1 - thick)
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def _grounds(stock: Stock) -> dict[str, Callable[[np.random.Generator], Image.Image]]:
    return {
        "panel": backgrounds.panel,
        "plain": lambda dice: backgrounds.plain(dice, stock),
        "compartment": backgrounds.compartment,
        "rough": backgrounds.rough,
        "scene": lambda dice: backgrounds.photographed(dice, stock),
    }
