"""Views that a camera's light or lens has spoilt: what nobody could name an item in."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from models.training import backgrounds


def dark(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Almost no light: what is left is the sensor's noise."""
    pixels = np.asarray(picture, np.float32) * dice.uniform(0.0, 0.06)
    pixels += dice.normal(0, dice.uniform(0.5, 3), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def unfocused(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
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


def chink(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Something hangs over the lens: what is behind it shows through a gap alone."""
    wide = float(dice.uniform(0.02, 0.15)) * backgrounds.SIDE
    left = float(dice.uniform(0, backgrounds.SIDE - wide))
    gap = backgrounds.bar(left, wide, float(dice.choice([0, 90])) + float(dice.uniform(-20, 20)))
    gap = gap.filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 5))))
    return Image.composite(picture, covered(picture, dice), gap)


WAYS = (dark, unfocused, covered, overexposed, dirty, chink)
HIDING = (unfocused, covered, dirty, chink)
"""Those in which the lens hides what is there: a class of its own. The network is not shown the others: too
little light is told by the pixels, far too much by nothing.
"""


def hidden(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """``picture`` through a lens that hides it."""
    return HIDING[int(dice.integers(len(HIDING)))](picture, dice)
