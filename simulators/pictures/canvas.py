"""The canvas an item is modelled on: not colours only, but also height, gloss and opacity.

Light is not painted; it falls on the heights afterwards (`light.py`), so every item is lit from the
same lamp as the panel it lies on, however it is turned. Lengths are item units: -100..100, y down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from simulators.pictures.outline import Point
from simulators.pictures.planes import Array, cloud, dome, folds, soften

SIDE = 320
UNIT = SIDE / 200.0
Colour = tuple[float, float, float]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Material:
    """How a surface answers light. `colour` is 0..255; the others are 0..1."""

    colour: Colour
    gloss: float = 0.08
    metal: float = 0.0
    opacity: float = 1.0

    def coloured(self, colour: Colour) -> Material:
        return replace(self, colour=colour)

    def toned(self, factor: float) -> Material:
        """The same, darker (below 1) or lighter."""
        r, g, b = (min(255.0, channel * factor) for channel in self.colour)
        return replace(self, colour=(r, g, b))


class Canvas:
    """Planes of SIDE x SIDE pixels; each method lays one more piece over what is there."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.tones = np.zeros((4, SIDE, SIDE), np.float32)  # red, green, blue times opacity; opacity; 0..255
        self.marks = np.zeros((3, SIDE, SIDE), np.float32)  # cover, gloss, metal; 0..255
        self.height = np.zeros((SIDE, SIDE), np.float32)  # pixels above the panel

    @property
    def cover(self) -> Array:
        """Where anything is, clear glass included: 0..255."""
        cover: Array = self.marks[0]
        return cover

    def lay(
        self, at: Window, mask: Array, stuff: Material, height: Array | None, image: Array | None = None
    ) -> None:
        """Lay `stuff` over the window where `mask` is; `height` None keeps the surface as it is.

        `image` (three planes) takes the place of the material's colour.
        """
        tones, marks = self.tones[:, at[0], at[1]], self.marks[:, at[0], at[1]]
        goal = np.asarray((*stuff.colour, 255), np.float32)[:, None, None] - tones
        if image is not None:
            np.subtract(image, tones[:3], out=goal[:3])
        goal *= mask if stuff.opacity == 1 else mask * np.float32(stuff.opacity)
        tones += goal
        marks += (
            np.asarray((255, 255 * stuff.gloss, 255 * stuff.metal), np.float32)[:, None, None] - marks
        ) * mask
        if height is not None:
            self.height[at] += (height - self.height[at]) * mask

    def cut(self, points: Sequence[Point], pad: int = 1) -> tuple[Window, Array]:
        """The outline's window on the canvas and its antialiased mask there."""
        pixels = (np.asarray(points, np.float32) + 100) * UNIT
        low = np.clip(np.floor(pixels.min(0)) - pad, 0, SIDE - 2).astype(int)
        high = np.clip(np.ceil(pixels.max(0)) + pad, low + 1, SIDE).astype(int)
        sheet = Image.new("L", (int(high[0] - low[0]) * 2, int(high[1] - low[1]) * 2))
        ImageDraw.Draw(sheet).polygon(((pixels - low) * 2).ravel().tolist(), fill=255)
        mask = np.asarray(sheet.reduce(2), np.float32) * np.float32(1 / 255)
        return (slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))), mask

    def body(
        self,
        points: Sequence[Point],
        stuff: Material,
        height: float,
        edge: float = 3.0,
        *,
        lift: float | None = 0.0,
        bumps: float = 0.0,
        creases: int = 0,
        sharpness: float = 0.55,
        image: Image.Image | None = None,
    ) -> None:
        """A solid of `height` whose rim rounds off over `edge` units.

        `lift` is what it stands on (None: whatever lies there already). `bumps` adds smooth unevenness,
        `creases` facets of crushed sheet as deep as `sharpness` (0..1) of the height; `image` is printed
        over its bounding box.
        """
        at, mask = self.cut(points, pad=2)
        rim = max(1, round(edge * UNIT / 2))
        level = 0.5 if edge < 6 else 0.4 if edge < 15 else 0.28  # where the blurred rim counts as the ground
        rise = np.clip((soften(mask, rim) - np.float32(level)) / np.float32(1 - level), 0, 1)
        rise = np.sqrt(np.maximum(0, 1 - (1 - rise) ** 2)) * np.float32(height * UNIT)
        if bumps:
            rise += cloud(self.rng, mask.shape, 5) * np.float32(bumps * UNIT) * np.minimum(1, rise)
        if creases:
            rise *= 1 - np.float32(sharpness) * folds(self.rng, (mask.shape[0], mask.shape[1]), creases)
        rise += self.height[at] if lift is None else np.float32(lift * UNIT)
        colour = None
        if image is not None:
            size = (mask.shape[1], mask.shape[0])
            colour = np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32).transpose(2, 0, 1)
        self.lay(at, mask, stuff, rise, colour)

    def lathe(
        self,
        profile: Sequence[Point],
        stuff: Material,
        *,
        x: float = 0.0,
        depth: float = 1.0,
        lift: float = 0.0,
        round_off: int = 3,
        image: Image.Image | None = None,
    ) -> None:
        """A turned solid lying on its side: `profile` is (y, radius) from top to bottom.

        `depth` flattens it; `image` wraps around the visible half. Clear stuff is denser at its edges,
        as the wall is seen along there.
        """
        tops, radii = zip(*profile, strict=True)
        first, last = (int(np.clip((v + 100) * UNIT, 0, SIDE)) for v in (tops[0], tops[-1]))
        widest = int(max(radii) * UNIT) + 2
        middle = (x + 100) * UNIT
        left, right = max(0, int(middle) - widest), min(SIDE, int(middle) + widest)
        rows = (np.arange(first, last, dtype=np.float32) + 0.5) / UNIT - 100
        radius = np.interp(rows, tops, radii)
        if round_off:
            kernel = np.convolve(np.ones(round_off + 1), np.ones(round_off + 1)) / (round_off + 1) ** 2
            radius = np.convolve(np.pad(radius, round_off, mode="edge"), kernel, mode="valid")
        radius = np.maximum(radius * UNIT, 0.5).astype(np.float32)[:, None]
        off = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - middle)
        mask = np.clip(radius - np.abs(off) + 0.5, 0, 1)
        side = np.clip(off / radius, -1, 1)
        rise = np.sqrt(1 - side**2) * radius * np.float32(depth) + np.float32(lift * UNIT)
        if stuff.opacity < 1:
            mask = mask * (1 - (1 - side**4) * np.float32(0.2))
        colour = None if image is None else wrapped(image, side, len(rows))
        self.lay((slice(first, last), slice(left, right)), mask, stuff, rise, colour)

    def tube(
        self,
        points: Sequence[Point],
        width: float,
        stuff: Material,
        *,
        lift: float | None = 0.0,
        taper: Callable[[float], float] | None = None,
    ) -> None:
        """A round rod along the points; `taper(0..1)` scales its width on the way."""
        run = np.asarray(points, np.float32)
        pixels = (run + 100) * UNIT
        pad = width * UNIT * 0.55 + 2
        low = np.clip(np.floor(pixels.min(0) - pad), 0, SIDE - 2).astype(int)
        high = np.clip(np.ceil(pixels.max(0) + pad), low + 1, SIDE).astype(int)
        sheet = Image.new("L", (int(high[0] - low[0]) * 2, int(high[1] - low[1]) * 2))
        pen = ImageDraw.Draw(sheet)
        spots = [(float(px), float(py)) for px, py in (pixels - low) * 2]
        for level in (0.0, 0.75) if width < 4 else (0.0, 0.45, 0.75, 0.94):
            tone, full = round(40 + 215 * level), width * UNIT * math.sqrt(1 - level * level) * 2
            for k, spot in enumerate(spots):
                broad = max(1.0, full * (taper(k / max(1, len(spots) - 1)) if taper else 1.0))
                if k:
                    pen.line([spots[k - 1], spot], fill=tone, width=round(broad))
                if broad > 5 or k in (0, len(spots) - 1):
                    half = broad / 2
                    pen.ellipse([spot[0] - half, spot[1] - half, spot[0] + half, spot[1] + half], fill=tone)
        tones = np.asarray(sheet.reduce(2), np.float32)
        mask = np.minimum(tones * np.float32(1 / 40), 1)
        at = (slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0])))
        under = self.height[at] if lift is None else np.float32(lift * UNIT)
        round_top = soften(np.maximum(tones - 40, 0), 1) * np.float32(width * UNIT / 2 / 215)
        self.lay(at, mask, stuff, round_top + under)

    def ball(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        stuff: Material,
        *,
        angle: float = 0.0,
        lift: float = 0.0,
    ) -> None:
        """An ellipsoid as high as its narrower half."""
        mask, rise = dome(rx * UNIT, ry * UNIT, angle)
        reach = mask.shape[0] // 2
        top, left = round((y + 100) * UNIT) - reach, round((x + 100) * UNIT) - reach
        at = (
            slice(max(0, top), min(SIDE, top + 2 * reach)),
            slice(max(0, left), min(SIDE, left + 2 * reach)),
        )
        part = (slice(at[0].start - top, at[0].stop - top), slice(at[1].start - left, at[1].stop - left))
        self.lay(at, mask[part], stuff, rise[part] + np.float32(lift * UNIT))

    def paint(self, points: Sequence[Point], stuff: Material) -> None:
        """Colour on the surface that is there; nothing beside it."""
        at, mask = self.cut(points)
        self.lay(at, mask * self.cover[at] * np.float32(1 / 255), stuff, None)

    def mottle(self, amount: float, cells: int = 24) -> None:
        """Uneven colour over everything laid so far, by up to about `amount` (0..1) of its brightness."""
        self.tones[:3] *= 1 + cloud(self.rng, (SIDE, SIDE), cells) * np.float32(amount)
        np.minimum(self.tones, 255, out=self.tones)


def wrapped(image: Image.Image, side: Array, rows: int) -> Array:
    """The printed image bent around a half cylinder: `side` is -1..1 across, one row a line. Three planes."""
    around = round(side.shape[1] * math.pi / 2)
    texels = np.asarray(image.resize((around, rows), Image.Resampling.BILINEAR), np.float32)
    across = ((np.arcsin(side) / math.pi + 0.5) * (around - 1) + 0.5).astype(np.intp)
    bent = texels[np.arange(rows)[:, None], across]
    return np.asarray(bent.transpose(2, 0, 1), dtype=np.float32)
