"""Planes of pixels: blur, noise and the facets of crushed sheet."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.float32]


def soften(plane: Array, radius: int) -> Array:
    """Two box blurs of `radius` pixels with zeros outside: near enough to a Gaussian, and fast."""
    if radius >= 5:  # a wide blur needs no fine grid
        step = 4 if radius >= 10 else 2
        coarse = np.asarray(Image.fromarray(plane).reduce(step), np.float32)
        return stretched(soften(coarse, max(1, round(radius / step))), (plane.shape[0], plane.shape[1]))
    for axis in (0, 1, 0, 1):
        total = plane.copy()
        for step in range(1, min(radius + 1, plane.shape[axis])):
            if axis == 0:
                total[step:] += plane[:-step]
                total[:-step] += plane[step:]
            else:
                total[:, step:] += plane[:, :-step]
                total[:, :-step] += plane[:, step:]
        total *= np.float32(1 / (2 * radius + 1))
        plane = total
    return plane


def stretched(plane: Array, shape: tuple[int, int]) -> Array:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), np.float32)


@lru_cache(maxsize=512)
def dome(rx: float, ry: float, angle: float) -> tuple[Array, Array]:
    """The mask and the height of an ellipsoid as high as its narrower half, in pixels about the middle."""
    reach, small = math.ceil(max(rx, ry)) + 1, min(rx, ry)
    line = np.arange(-reach, reach, dtype=np.float32) + np.float32(0.5)
    across, down = line[None, :], line[:, None]
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    far = np.hypot((across * c + down * s) / rx, (down * c - across * s) / ry).astype(np.float32)
    mask = np.clip((1 - far) * np.float32(small) + np.float32(0.5), 0, 1)
    rise = np.sqrt(np.maximum(0, 1 - far * far)) * np.float32(small)
    mask.setflags(write=False)
    rise.setflags(write=False)
    return mask, rise


def cloud(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Array:
    """Smooth noise, about -1..1, with `cells` bumps across."""
    coarse = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    if cells < 40:
        middle = Image.fromarray(coarse).resize((80, 80), Image.Resampling.BICUBIC)
        coarse = np.asarray(middle, np.float32)
    return stretched(coarse, shape)


def folds(rng: np.random.Generator, shape: tuple[int, int], count: int) -> Array:
    """Flat facets that meet in creases, 0..1: the lower envelope of `count` blunt pyramids.

    Worked out on a coarse grid, as crushed paper has no finer detail than the camera sees.
    """
    high, wide = (max(8, n // 3) for n in shape)
    spots = rng.uniform(0, 1, (count, 2)) * (high, wide)
    turn = rng.uniform(0, 2 * math.pi, (count, 1)) + np.asarray([0, 2.1, 4.2])
    lean = rng.uniform(0.5, 1.5, (count, 3))
    down = np.sin(turn)[:, :, None] * lean[:, :, None] * (np.arange(high) - spots[:, :1])[:, None, :]
    over = np.cos(turn)[:, :, None] * lean[:, :, None] * (np.arange(wide) - spots[:, 1:])[:, None, :]
    faces = down.astype(np.float32)[:, :, :, None] + over.astype(np.float32)[:, :, None, :]
    envelope = faces.max(axis=1).min(axis=0)
    return stretched(envelope / np.float32(max(1e-6, float(envelope.max()))), shape)
