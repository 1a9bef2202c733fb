"""Light on an item that lies on the panel: shade, cast shadow, highlights and metal's reflections."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from simulators.pictures.canvas import SIDE, Canvas, Window
from simulators.pictures.panel import Panel
from simulators.pictures.planes import Array, soften, stretched


@dataclass(frozen=True)
class Lamp:
    """Where the bin's lamp is: bearing in degrees (0 = right, 90 = down), height, and how hard it is."""

    bearing: float
    elevation: float
    ambient: float

    @classmethod
    def chosen(cls, rng: np.random.Generator) -> Lamp:
        return cls(float(rng.uniform(200, 320)), float(rng.uniform(46, 60)), float(rng.uniform(0.4, 0.56)))

    @property
    def towards(self) -> tuple[float, float, float]:
        flat = math.cos(math.radians(self.elevation))
        turn = math.radians(self.bearing)
        return flat * math.cos(turn), flat * math.sin(turn), math.sin(math.radians(self.elevation))


@dataclass(frozen=True)
class Relief:
    """A canvas after it was turned and put on the panel: what light falls on.

    The planes cover only the window `at` of the picture where the item is; `colour` is three planes.
    """

    at: Window
    colour: Array
    alpha: Array
    cover: Array
    gloss: Array
    metal: Array
    height: Array

    @classmethod
    def placed(cls, canvas: Canvas, angle: float, scale: float, x: float, y: float) -> Relief:
        """Turn by `angle` degrees, scale, and shift the canvas by (x, y) pixels."""
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        here, middle = extent(canvas.cover), SIDE / 2
        corners = [
            (px - middle, py - middle)
            for px in (here[1].start, here[1].stop)
            for py in (here[0].start, here[0].stop)
        ]
        across = [middle + x + scale * (c * px - s * py) for px, py in corners]
        down = [middle + y + scale * (s * px + c * py) for px, py in corners]
        left, right = window(min(across), max(across))
        top, bottom = window(min(down), max(down))
        c, s = c / scale, s / scale
        ox, oy = left - middle - x, top - middle - y
        fx, fy = middle - here[1].start, middle - here[0].start
        warp = (c, s, fx + c * ox + s * oy, -s, c, fy - s * ox + c * oy)
        size = (right - left, bottom - top)
        part = (slice(None), *here)
        tones = turned(image_of(canvas.tones[part]), warp, size).transpose(2, 0, 1)
        marks = turned(image_of(canvas.marks[part]), warp, size).transpose(2, 0, 1)
        body = Image.fromarray(np.ascontiguousarray(canvas.height[here]))
        tall = turned(body, warp, size) * np.float32(scale)
        cover, gloss, metal = (plane * np.float32(1 / 255) for plane in marks)
        at = (slice(top, bottom), slice(left, right))
        return cls(at, tones[:3], tones[3] * np.float32(1 / 255), cover, gloss, metal, soften(tall, 1))


def extent(cover: Array) -> Window:
    """The smallest window that holds everything; one pixel in the middle when there is nothing."""
    rows, cols = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not len(rows):
        return slice(SIDE // 2, SIDE // 2 + 1), slice(SIDE // 2, SIDE // 2 + 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def window(low: float, high: float) -> tuple[int, int]:
    """Even pixel bounds inside the picture, two pixels wider: shadows are cast on a grid half as fine."""
    first = max(0, (math.floor(low) - 2) // 2 * 2)
    return first, min(SIDE, max(first + 4, (math.ceil(high) + 3) // 2 * 2))


def image_of(planes: Array) -> Image.Image:
    """Three or four planes as one image; as CMYK, since Pillow would multiply an RGBA by its alpha again."""
    pixels = planes.transpose(1, 2, 0).astype(np.uint8, order="C")
    mode = "CMYK" if len(planes) == 4 else "RGB"
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


def turned(image: Image.Image, warp: tuple[float, ...], size: tuple[int, int]) -> Array:
    return np.asarray(
        image.transform(size, Image.Transform.AFFINE, warp, Image.Resampling.BILINEAR), np.float32
    )


def cast(height: Array, lamp: Lamp) -> Array:
    """How much of the lamp is hidden, 0..1, marched over the heights: planes of half the picture's side."""
    lx, ly, lz = lamp.towards
    flat, reach, side = math.hypot(lx, ly), 30, height.shape[0]
    wide = np.pad(height, reach)
    hidden = np.zeros_like(height)
    for step in (1.5, 3, 5, 7.5, 10.5, 14, 18, 23, 29):
        dx, dy = reach + round(step * lx / flat), reach + round(step * ly / flat)
        above = wide[dy : dy + side, dx : dx + side] - height
        above -= np.float32(step * lz / flat)
        above *= np.float32(1 / (0.8 + 0.12 * step))
        np.maximum(hidden, above, out=hidden)
    return soften(np.minimum(hidden, 1), 2)


def shone(relief: Relief, panel: Panel, lamp: Lamp) -> Array:
    """The lit picture, three planes of 0..255: the panel with its shadows, the item, its highlights."""
    half = (SIDE // 2, SIDE // 2)
    small = tuple(slice(edge.start // 2, edge.stop // 2) for edge in relief.at)
    height, near = np.zeros(half, np.float32), np.zeros(half, np.float32)
    height[small] = relief.height[::2, ::2] * np.float32(0.5)
    near[small] = relief.cover[::2, ::2]
    clear = 1 - float(relief.alpha.sum()) / max(1.0, float(relief.cover.sum()))
    lit = 1 - cast(height, lamp) * np.float32(0.85 - 0.5 * clear)
    ambient, key = np.float32(lamp.ambient), np.float32(1 - lamp.ambient)
    ground = stretched(ambient * (1 - 0.45 * soften(near, 4)) + key * lit, (SIDE, SIDE)) * panel.grain
    shade, shine = shaded(relief, lamp, stretched(lit, (SIDE, SIDE))[relief.at])
    ground[relief.at] *= 1 - relief.alpha
    picture = ground * panel.paint[:, None, None]
    for channel in range(3):
        picture[channel][relief.at] += relief.colour[channel] * shade + shine
    return picture


def shaded(relief: Relief, lamp: Lamp, lit: Array) -> tuple[Array, Array]:
    """What each point of the item keeps of its colour, and the highlight (0..255) on top of that."""
    lx, ly, lz = (np.float32(v) for v in lamp.towards)
    gy, gx = slopes(relief.height)
    unit = 1 / np.sqrt(gx * gx + gy * gy + 1)
    slant = gx * lx
    slant += gy * ly
    facing = np.maximum(0, (lz - slant) * unit)
    half = math.sqrt(float(lx * lx + ly * ly) + float(lz + 1) ** 2)
    glint = np.maximum(0, (lz + 1 - slant) * unit) * np.float32(1 / half)
    ambient, key = np.float32(lamp.ambient), np.float32((1 - lamp.ambient) / lz)
    shade = ambient * (np.float32(0.66) + np.float32(0.34) * unit)
    shade += key * facing * (np.float32(0.3) + np.float32(0.7) * lit)
    if relief.metal.any():
        mirror = reflections(gx * unit, gy * unit, unit) * (np.float32(0.6) + np.float32(0.4) * lit)
        shade += (mirror - shade) * relief.metal
    for _ in range(3):
        glint *= glint
    broad = glint * np.float32(26)
    narrow = glint * glint
    narrow *= narrow
    narrow *= glint * np.float32(190)
    shine = relief.gloss * relief.cover * (broad + narrow) * (np.float32(0.25) + np.float32(0.75) * lit)
    return shade, shine


def slopes(height: Array) -> tuple[Array, Array]:
    """Central differences down and across."""
    gy, gx = np.zeros(height.shape, np.float32), np.zeros(height.shape, np.float32)
    gy[1:-1] = (height[2:] - height[:-2]) * np.float32(0.5)
    gx[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * np.float32(0.5)
    return gy, gx


def reflections(nx: Array, ny: Array, nz: Array) -> Array:
    """What bare metal mirrors: a bright lid above, dark walls, a bright strip between them."""
    tilt = (nx * np.float32(0.8) + ny * np.float32(0.6)) * nz
    bands = np.sin(tilt * np.float32(9.2) + np.float32(0.9))
    mirrored: Array = bands * (np.float32(0.32) + np.float32(0.2) * bands * bands) + np.float32(0.76)
    return mirrored
