"""The compartment's panel and the bin's camera: what is behind every item, and what the sensor adds."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from simulators.pictures.canvas import SIDE
from simulators.pictures.planes import Array, cloud, soften, stretched

LARGEST_BYTES = 40_000

PAINTS = (
    (208, 210, 208), (188, 193, 197), (226, 224, 217), (166, 172, 172), (150, 160, 166), (200, 195, 184),
    (128, 134, 138), (180, 192, 187), (186, 193, 204), (112, 117, 121),
)  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """A plain panel without light on it: its paint (0..255) and how bright each pixel is of that."""

    paint: Array
    grain: Array

    @classmethod
    def chosen(cls, rng: np.random.Generator) -> Panel:
        """Painted, brushed steel, ribbed rubber or pebbled plastic."""
        paint = np.asarray(PAINTS[int(rng.integers(len(PAINTS)))], np.float32)
        paint += rng.uniform(-4, 4, 3).astype(np.float32)
        grain = cloud(rng, (SIDE, SIDE), 5) * np.float32(0.02) + 1
        finish = ("painted", "brushed", "ribbed", "pebbled")[int(rng.choice(4, p=(0.4, 0.25, 0.15, 0.2)))]
        if finish == "brushed":
            streaks = rng.standard_normal((SIDE, SIDE // 16), np.float32) * np.float32(0.022)
            grain += stretched(streaks, (SIDE, SIDE))
            paint = (paint * 0.3 + paint.mean() * 0.7).astype(np.float32)
        elif finish == "ribbed":
            wave = np.sin(np.arange(SIDE, dtype=np.float32) * np.float32(2 * math.pi / rng.uniform(11, 17)))
            grain += (np.maximum(wave, -0.3) * np.float32(0.035))[:, None]
        elif finish == "pebbled":
            grain += cloud(rng, (SIDE, SIDE), 110) * np.float32(0.04)
        if rng.random() < 0.5:
            smears = np.maximum(0, cloud(rng, (SIDE, SIDE), 7) - np.float32(0.35))
            grain += smears * np.float32(rng.uniform(-0.12, 0.05))
        return cls(paint, np.ascontiguousarray(grain.T) if rng.random() < 0.5 else grain)


def exposed(picture: Array, rng: np.random.Generator) -> Array:
    """Lamp fall-off, vignette and white balance, in place; highlights bend before they reach white."""
    line = np.linspace(-1, 1, SIDE, dtype=np.float32)
    x, y = line - np.float32(rng.uniform(-0.35, 0.35)), line - np.float32(rng.uniform(-0.35, 0.35))
    bright, fall = float(rng.uniform(1.06, 1.2)), float(rng.uniform(0.07, 0.15))
    field = (bright - fall * x * x)[None, :] - (fall * y * y)[:, None]
    warm = float(rng.uniform(-0.035, 0.05))
    for plane, balance in zip(picture, (1 + warm, 1 + warm * 0.25, 1 - warm), strict=True):
        np.multiply(plane, field * np.float32(balance), out=plane)
        np.minimum(plane, plane * np.float32(0.42) + np.float32(122), out=plane)
    return picture


def developed(picture: Array, rng: np.random.Generator, size: int) -> bytes:
    """Sensor noise and JPEG, never more than LARGEST_BYTES."""
    luma = soften(rng.standard_normal((SIDE, SIDE), np.float32), 1) * np.float32(rng.uniform(3.5, 7))
    chroma = (rng.standard_normal((3, SIDE // 4, SIDE // 4), np.float32) * np.float32(0.9)).repeat(4, 1)
    pixels = np.empty((SIDE, SIDE, 3), np.uint8)
    for channel in range(3):
        noisy = picture[channel] + luma + chroma[channel].repeat(4, 1)
        pixels[..., channel] = np.clip(noisy, 0, 255, out=noisy)
    image = Image.fromarray(pixels)
    if size != SIDE:
        image = image.resize((size, size), Image.Resampling.LANCZOS)
    tries = (encoded(image, quality) for quality in (88, 80, 70, 55, 40, 25, 10, 1))
    return next(jpeg for jpeg in tries if len(jpeg) <= LARGEST_BYTES)


def encoded(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
