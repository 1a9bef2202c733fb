"""Grounds that an item may lie on: drawn panels and bins, plain parts of photos, photographed scenes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.preparation import SQUARE

SIDE = SQUARE


@dataclass(frozen=True)
class Stock:
    """Photographed grounds, uint8 (N, S, S, 3): ``scenes`` without an item, ``plains`` of plains.py."""

    scenes: np.ndarray
    plains: np.ndarray


def cloud(dice: np.random.Generator, cells: int, side: int = SIDE) -> np.ndarray:
    """Smooth noise, float32 (side, side), about -1 to 1, with ``cells`` bumps across."""
    grid = dice.uniform(-1, 1, (cells, cells)).astype(np.float32)
    image = Image.fromarray(grid).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def paint(dice: np.random.Generator) -> np.ndarray:
    """A colour that panels, bins and liners have, float32 (3,), 0 to 255: mostly greys."""
    level = dice.choice([dice.uniform(15, 90), dice.uniform(90, 190), dice.uniform(190, 252)])
    tint = dice.normal(0, 1, 3) * dice.choice([2, 6, 30], p=[0.45, 0.35, 0.2])
    return np.clip(level + tint, 5, 252).astype(np.float32)


def lit(picture: np.ndarray, dice: np.random.Generator) -> Image.Image:
    """Uneven light, a vignette and the sensor's noise over a drawn ground."""
    down, across = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype(np.float32)
    angle = dice.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * across + np.sin(angle) * down) * dice.uniform(0, 0.3)
    centre = dice.uniform(-0.5, 0.5, 2)
    spot = 1 - ((across - centre[0]) ** 2 + (down - centre[1]) ** 2) * dice.uniform(0, 0.25)
    shaded = picture * ((1 + slope) * spot)[..., None]
    shaded += dice.normal(0, dice.uniform(0.3, 5), (SIDE, SIDE, 1)).astype(np.float32)
    return Image.fromarray(np.clip(shaded, 0, 255).astype(np.uint8))


def panel(dice: np.random.Generator) -> Image.Image:
    """A plain panel: one colour, faint stains or brushing, perhaps a seam or an edge."""
    picture = np.ones((SIDE, SIDE, 3), np.float32) * paint(dice)
    stains = cloud(dice, int(dice.integers(3, 9))) * dice.uniform(0, 10)
    if dice.random() < 0.25:  # brushed metal
        stains += dice.normal(0, dice.uniform(1, 6), (SIDE, 1)).astype(np.float32)
    picture += stains[..., None]
    if dice.random() < 0.3:
        edge = int(dice.integers(10, SIDE - 10))
        side = picture[:edge] if dice.random() < 0.5 else picture[:, :edge]
        side[...] = side * dice.uniform(0.75, 1.15)
    if dice.random() < 0.15:  # ribs
        period = dice.uniform(12, 60)
        ribs = np.sin(np.arange(SIDE, dtype=np.float32) * (2 * np.pi / period)) * dice.uniform(3, 18)
        picture += ribs[:, None, None] if dice.random() < 0.5 else ribs[None, :, None]
    return marked(lit(picture, dice), dice)


def marked(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """At times a lamp's reflection, screws or holes, scratches, or the shadow of a rim."""
    if dice.random() < 0.2:
        layer = Image.new("L", picture.size)
        left, top = (int(part) for part in dice.integers(-20, SIDE - 20, 2))
        wide, high = (int(part) for part in dice.integers(10, 120, 2))
        ImageDraw.Draw(layer).ellipse((left, top, left + wide, top + high), fill=int(dice.integers(60, 230)))
        picture.paste(
            (255, 255, 250), (0, 0), layer.filter(ImageFilter.GaussianBlur(float(dice.uniform(4, 25))))
        )
    if dice.random() < 0.15:
        layer = Image.new("L", picture.size)
        edge, slant = (int(part) for part in dice.integers(-60, 90, 2))
        ImageDraw.Draw(layer).polygon([(0, 0), (SIDE, 0), (SIDE, edge), (0, edge + slant)],
                                      fill=int(dice.integers(30, 150)))  # fmt: skip
        layer = layer.rotate(90 * int(dice.integers(4)))
        picture.paste((0, 0, 0), (0, 0), layer.filter(ImageFilter.GaussianBlur(float(dice.uniform(1, 12)))))
    if dice.random() < 0.3:
        picture = struck(picture, dice)
    pen = ImageDraw.Draw(picture)
    if dice.random() < 0.12:
        shade = tuple(int(part) for part in paint(dice))
        radius = int(dice.integers(1, 6))
        for _ in range(int(dice.integers(1, 6))):
            left, top = (int(part) for part in dice.integers(0, SIDE, 2))
            pen.ellipse((left - radius, top - radius, left + radius, top + radius), fill=shade)
    if dice.random() < 0.12:
        shade = tuple(int(part) for part in paint(dice))
        for _ in range(int(dice.integers(1, 5))):
            pen.line([tuple(int(part) for part in dice.integers(0, SIDE, 2)) for _ in range(2)], fill=shade)
    return picture


def struck(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """What crosses the whole frame in a bin: the gap of a flap, a strip of LEDs, a rail, a hanging cord."""
    for _ in range(int(dice.integers(1, 4))):
        thick = float(dice.choice([dice.uniform(1, 5), dice.uniform(5, 30)]))
        at, bend = float(dice.uniform(0, SIDE)), float(dice.choice([0, 0, dice.uniform(-40, 40)]))
        angle = float(dice.choice([0, 90])) + float(dice.normal(0, 12))
        layer = bar(at - thick / 2, max(1.0, thick), angle, bend)
        layer = layer.filter(ImageFilter.GaussianBlur(float(dice.choice([0.5, dice.uniform(0.5, 4)]))))
        shade = (
            paint(dice) if dice.random() < 0.6 else paint(dice) * 0.15 + 255 * 0.85 * (dice.random() < 0.5)
        )
        picture = Image.composite(
            Image.new("RGB", picture.size, tuple(int(part) for part in shade)), picture, layer
        )
    return picture


def bar(left: float, wide: float, angle: float, bend: float = 0.0) -> Image.Image:
    """A mask, "L" and SIDE square, of what crosses the frame ``left`` of it, turned by ``angle`` degrees."""
    layer = Image.new("L", (2 * SIDE, 2 * SIDE))  # so that, turned, it still reaches both borders
    middle, down = SIDE / 2 + left + wide / 2, np.linspace(-0.1, 2.1, 48) * SIDE
    line = [(middle + bend * float(np.sin(step / SIDE * np.pi)), float(step)) for step in down]
    ImageDraw.Draw(layer).line(line, fill=255, width=round(wide), joint="curve")
    return layer.rotate(angle).crop((SIDE // 2, SIDE // 2, SIDE * 3 // 2, SIDE * 3 // 2))


def compartment(dice: np.random.Generator) -> Image.Image:
    """A bin's inside from above: four walls falling to a floor, in plastic, metal or a liner."""
    colour = paint(dice)
    picture = Image.new("RGB", (SIDE, SIDE), tuple(int(part) for part in colour))
    pen = ImageDraw.Draw(picture)
    left, top = dice.integers(10, 80, 2)
    right, bottom = SIDE - dice.integers(10, 80, 2)
    corners = [(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)]
    floor = [(left, top), (right, top), (right, bottom), (left, bottom)]
    for wall in range(4):
        shade = colour * dice.uniform(0.5, 1.05)
        shape = [corners[wall], corners[(wall + 1) % 4], floor[(wall + 1) % 4], floor[wall]]
        pen.polygon([(int(x), int(y)) for x, y in shape], fill=tuple(int(part) for part in shade))
    picture = picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.5, 3))))
    ground = np.asarray(picture, np.float32)
    if dice.random() < 0.5:  # a crumpled liner
        folds = np.abs(cloud(dice, int(dice.integers(6, 20)))) * dice.uniform(8, 45)
        ground = ground + folds[..., None]
    if dice.random() < 0.25:  # LED light of one colour
        ground = ground * dice.uniform(0.6, 1.1, 3).astype(np.float32)
    return marked(lit(ground, dice), dice)


def rough(dice: np.random.Generator) -> Image.Image:
    """Concrete, soil, carpet, wood: noise of several sizes in two colours."""
    first, second = paint(dice), paint(dice)
    stretch = dice.choice([1, 1, 6])
    mix = sum(cloud(dice, cells) * weight for cells, weight in ((5, 0.4), (24, 0.3), (90, 0.3)))
    mix = np.asarray(mix)
    if stretch > 1:
        mix = np.repeat(mix[:: int(stretch)], int(stretch), axis=0)[:SIDE]
        mix = np.pad(mix, ((0, SIDE - len(mix)), (0, 0)), mode="edge")
    share = np.clip(0.5 + mix * dice.uniform(0.2, 0.7), 0, 1)[..., None]
    return lit(first * share + second * (1 - share), dice)


def plain(dice: np.random.Generator, stock: Stock) -> Image.Image:
    """A real board, table or wall, from near: part of a photo's empty corner, with its noise."""
    part = Image.fromarray(stock.plains[dice.integers(len(stock.plains))])
    side = dice.uniform(0.6, 1.0) * part.width
    left, top = dice.uniform(0, part.width - side, 2)
    part = part.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    part = part.transpose(Image.Transpose(int(dice.integers(7))))
    if dice.random() < 0.5:
        return marked(part, dice)
    return marked(lit(np.asarray(part, np.float32) * dice.uniform(0.5, 1.05), dice), dice)


def photographed(dice: np.random.Generator, stock: Stock) -> Image.Image:
    """A random part of a photo without an item."""
    scene = Image.fromarray(stock.scenes[dice.integers(len(stock.scenes))])
    side = dice.uniform(0.35, 1.0) * scene.width
    left, top = dice.uniform(0, scene.width - side, 2)
    part = scene.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if dice.random() < 0.5 else part
