"""Outlines: closed or open runs of points in item units (the canvas spans -100..100, y down)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Points = list[Point]


def path(text: str) -> Points:
    """Points written as an SVG path's are: "x,y x,y …"."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0, steps: int = 36) -> Points:
    """A closed ellipse, turned by `angle` degrees about its centre."""
    turns = [2 * math.pi * k / steps for k in range(steps)]
    return moved([(rx * math.cos(t), ry * math.sin(t)) for t in turns], x, y, angle)


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float, steps: int = 18) -> Points:
    """An open piece of an upright ellipse between two angles in degrees (0 = right, 90 = down)."""
    turns = [math.radians(start + (stop - start) * k / (steps - 1)) for k in range(steps)]
    return [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns]


def rectangle(
    x: float, y: float, width: float, height: float, angle: float = 0.0, corner: float = 0.0
) -> Points:
    """A closed rectangle about (x, y) with rounded corners of radius `corner`."""
    w, h = width / 2 - corner, height / 2 - corner
    if corner <= 0:
        return moved([(-w, -h), (w, -h), (w, h), (-w, h)], x, y, angle)
    round_corners = [
        arc(w, -h, corner, corner, -90, 0, 6),
        arc(w, h, corner, corner, 0, 90, 6),
        arc(-w, h, corner, corner, 90, 180, 6),
        arc(-w, -h, corner, corner, 180, 270, 6),
    ]
    return moved([point for piece in round_corners for point in piece], x, y, angle)


def moved(points: Sequence[Point], x: float, y: float, angle: float = 0.0, scale: float = 1.0) -> Points:
    """The points scaled and turned about the origin, then shifted to (x, y)."""
    c, s = math.cos(math.radians(angle)) * scale, math.sin(math.radians(angle)) * scale
    return [(x + px * c - py * s, y + px * s + py * c) for px, py in points]


def mirrored(points: Sequence[Point]) -> Points:
    """A right half (top to bottom) closed with its mirror image at the left."""
    return [*points, *((-x, y) for x, y in reversed(points))]


def curve(points: Sequence[Point], closed: bool = True, steps: int = 6) -> Points:
    """A Catmull-Rom spline through the points."""
    ring = [*points[-1:], *points, *points[:2]] if closed else [*points[:1], *points, *points[-1:]]
    knots = np.asarray(ring, dtype=np.float64)
    quads = np.stack([knots[:-3], knots[1:-2], knots[2:-1], knots[3:]], axis=1)
    drawn: Points = [(x, y) for x, y in (blend(steps) @ quads).reshape(-1, 2).tolist()]
    return drawn if closed else [*drawn, points[-1]]


@lru_cache(maxsize=16)
def blend(steps: int) -> npt.NDArray[np.float64]:
    """How much of the four neighbouring points is in each of `steps` points between the inner two."""
    t = np.linspace(0, 1, steps, endpoint=False)
    weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    return np.stack(weights, axis=1) / 2


def rough(points: Sequence[Point], rng: np.random.Generator, amount: float) -> Points:
    """The points, each pushed by up to about `amount` units: torn, crumpled or grown edges."""
    pushes = rng.normal(0.0, amount, (len(points), 2))
    return [(x + float(dx), y + float(dy)) for (x, y), (dx, dy) in zip(points, pushes, strict=True)]
