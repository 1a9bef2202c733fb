"""Items of all kinds pasted on the same grounds, so that no ground speaks for a kind."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from models.labels import NO_ITEM
from models.training import backgrounds, spoilt
from models.training.backgrounds import SIDE, Stock
from models.training.classes import COVERED
from models.training.shares import HIDDEN


def ground(dice: np.random.Generator, stock: Stock) -> Image.Image:
    """A ground of any sort: plain panels and bin interiors more often than scenes."""
    chance = dice.random()
    if chance < 0.24:
        return backgrounds.panel(dice)
    if chance < 0.40:
        return backgrounds.plain(dice, stock)
    if chance < 0.62:
        return backgrounds.compartment(dice)
    if chance < 0.72:
        return backgrounds.rough(dice)
    return backgrounds.photographed(dice, stock)


def paste(item: Image.Image, on: Image.Image, dice: np.random.Generator) -> Image.Image:
    """``item`` (RGBA) somewhere on ``on`` (RGB, SIDE square): turned, scaled, re-lit, with its shadow."""
    turned = item.rotate(float(dice.uniform(0, 360)), Image.Resampling.BILINEAR, expand=True)
    box = turned.getbbox()
    turned = turned.crop(box) if box else turned
    reach = SIDE * float(dice.uniform(0.25, 0.95))
    scale = reach / max(turned.size)
    squeeze = float(dice.uniform(0.85, 1.18))  # photos are squeezed into a square by preparation
    size = (max(8, int(turned.width * scale * squeeze)), max(8, int(turned.height * scale / squeeze)))
    turned = turned.resize(size, Image.Resampling.BILINEAR)
    alpha = turned.getchannel("A").filter(ImageFilter.MinFilter(3))
    alpha = alpha.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.4, 1.4))))
    colour = ImageEnhance.Brightness(turned.convert("RGB")).enhance(float(dice.uniform(0.75, 1.25)))
    colour = ImageEnhance.Color(colour).enhance(float(dice.uniform(0.7, 1.2)))
    slack = 0.05  # an item may reach a little over the edge of the frame
    left = int(dice.uniform(-slack * SIDE, max(1, SIDE - size[0]) + slack * SIDE))
    top = int(dice.uniform(-slack * SIDE, max(1, SIDE - size[1]) + slack * SIDE))
    result = on.copy()
    if dice.random() < 0.7:
        shadow = alpha.filter(ImageFilter.GaussianBlur(float(dice.uniform(2, 9))))
        strength = float(dice.uniform(0.15, 0.6))
        offset = dice.integers(-8, 9, 2)
        result.paste((0, 0, 0), (left + int(offset[0]), top + int(offset[1])),
                     shadow.point(lambda value: int(value * strength)))  # fmt: skip
    result.paste(colour, (left, top), alpha)
    return result


def scrap(dice: np.random.Generator, stock: Stock) -> Image.Image:
    """A soft blob of texture, RGBA: a pasted edge alone must not look like an item."""
    texture = backgrounds.photographed(dice, stock).resize((160, 160))
    shape = (
        backgrounds.cloud(dice, 4, 160) + 0.6 - np.hypot(*np.mgrid[-1:1:160j, -1:1:160j]).astype(np.float32)
    )
    mask = Image.fromarray((np.clip(shape * 6, 0, 1) * 255).astype(np.uint8))
    texture.putalpha(mask)
    return texture


def composite(item: Image.Image, dice: np.random.Generator, stock: Stock) -> Image.Image:
    """One item on a ground, RGB (SIDE, SIDE), slightly blurred as a whole to join both."""
    picture = paste(item, ground(dice, stock), dice)
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 0.8))))


def nothing(dice: np.random.Generator, stock: Stock) -> tuple[str, Image.Image]:
    """The class and the picture of what shows no item: an empty place, or a view that the lens hides."""
    if dice.random() >= HIDDEN:
        return NO_ITEM, empty(dice, stock)
    return COVERED, spoilt.hidden(backgrounds.photographed(dice, stock), dice)


def empty(dice: np.random.Generator, stock: Stock) -> Image.Image:
    """A picture without an item: a bare ground, at times with a scrap of texture or a shadow on it."""
    chance = dice.random()
    if chance < 0.20:
        return backgrounds.panel(dice)
    if chance < 0.34:
        return backgrounds.plain(dice, stock)
    if chance < 0.47:
        return backgrounds.compartment(dice)
    if chance < 0.53:
        return backgrounds.rough(dice)
    if chance < 0.88:
        return backgrounds.photographed(dice, stock)
    bare = ground(dice, stock)
    if dice.random() < 0.5:
        shade = backgrounds.cloud(dice, 4) * 60 + 200
        return ImageChops.multiply(bare, Image.fromarray(shade.clip(60, 255).astype(np.uint8)).convert("RGB"))
    return paste(scrap(dice, stock), bare, dice)
