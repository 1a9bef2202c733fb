"""What may happen to a picture between the item and the file: framing, light, blur, noise, JPEG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter


def framed(picture: Image.Image, side: int, dice: np.random.Generator, tightest: float) -> Image.Image:
    """A random part covering at least ``tightest`` of the area, mirrored or turned, ``side`` square."""
    area = dice.uniform(tightest, 1.0)
    aspect = np.exp(dice.uniform(-0.3, 0.3))
    width = min(1.0, np.sqrt(area * aspect)) * picture.width
    height = min(1.0, np.sqrt(area / aspect)) * picture.height
    left, top = dice.uniform(0, picture.width - width), dice.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    part = picture.resize((side, side), Image.Resampling.BILINEAR, box=box)
    if dice.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if dice.random() < 0.35:  # a bin's camera looks down: no side is up
        part = part.transpose(Image.Transpose(int(dice.integers(2, 5))))
    return part


def degraded(picture: Image.Image, dice: np.random.Generator) -> np.ndarray:
    """Colour, light, and what a cheap camera does to them: uint8 (side, side, 3)."""
    if dice.random() < 0.15:  # a small or far picture, enlarged
        side = int(picture.width * dice.uniform(0.35, 0.8))
        picture = picture.resize((side, side), Image.Resampling.BILINEAR).resize(picture.size)
    if dice.random() < 0.2:
        picture = picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.3, 1.6))))
    if dice.random() < 0.25:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=int(dice.integers(20, 80)))
        picture = Image.open(stream)
    pixels = np.asarray(picture, np.float32)
    if dice.random() < 0.8:
        grey = pixels.mean(2, keepdims=True)
        middle = grey.mean()
        pixels = grey + (pixels - grey) * np.float32(dice.uniform(0.25, 1.5))
        pixels = middle + (pixels - middle) * np.float32(dice.uniform(0.55, 1.35))
        pixels = pixels * np.float32(dice.uniform(0.5, 1.4))
    if dice.random() < 0.06:  # far too much light: parts burn out
        pixels = pixels * np.float32(dice.uniform(1.5, 3))
    if dice.random() < 0.45:  # white balance, seldom a lamp of one colour
        strength = 0.12 if dice.random() < 0.85 else 0.35
        pixels = pixels * np.exp(dice.normal(0, strength, 3)).astype(np.float32)
    if dice.random() < 0.2:
        pixels = pixels + dice.normal(0, dice.uniform(2, 12), pixels.shape).astype(np.float32)
    return np.clip(pixels, 0, 255).astype(np.uint8)
