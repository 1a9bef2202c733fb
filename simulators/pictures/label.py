"""Printed matter: labels, newspaper columns and brand names, as small pictures to wrap or lay on an item."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Ink = tuple[int, int, int]

BRIGHT: tuple[Ink, ...] = (
    (198, 34, 38), (22, 92, 176), (20, 128, 74), (232, 130, 20),
    (118, 44, 130), (0, 140, 156), (226, 176, 22),
)  # fmt: skip


def ink(rng: np.random.Generator, colours: tuple[Ink, ...] = BRIGHT) -> Ink:
    """One of the colours, a little off."""
    base = colours[int(rng.integers(len(colours)))]
    shift = rng.integers(-14, 15, 3)
    r, g, b = (int(np.clip(c + d, 0, 255)) for c, d in zip(base, shift, strict=True))
    return r, g, b


@lru_cache(maxsize=16)
def face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def word(image: Image.Image, text: str, at: tuple[float, float], size: int, fill: Ink, bold: int = 1) -> None:
    """Text centred at `at`."""
    ImageDraw.Draw(image).text(at, text, fill=fill, font=face(size), anchor="mm", stroke_width=bold)


def lines(
    image: Image.Image,
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
    step: float,
    fill: Ink,
) -> None:
    """Small print nobody can read: rows of words as bars."""
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = box
    y = top
    while y + step * 0.5 < bottom:
        x, end = left, right if rng.random() < 0.85 else left + (right - left) * float(rng.uniform(0.3, 0.8))
        while x < end:
            length = float(rng.uniform(1.2, 4.5)) * step
            pen.rectangle([x, y, min(end, x + length), y + step * 0.42], fill=fill)
            x += length + step * 0.6
        y += step


def brand(
    rng: np.random.Generator, text: str, ground: Ink, letters: Ink, width: int = 150, height: int = 120
) -> Image.Image:
    """A wrap-around label: bands at its ends, an emblem or swoosh, the name, small print."""
    image = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(image)
    accent = ink(rng)
    band = height * float(rng.uniform(0.07, 0.13))
    pen.rectangle([0, 0, width, band], fill=accent)
    pen.rectangle([0, height - band, width, height], fill=accent)
    middle = width * float(rng.uniform(0.42, 0.58))
    if rng.random() < 0.5:
        pen.ellipse(
            [middle - 46, height * 0.2, middle + 46, height * 0.78], fill=accent, outline=letters, width=3
        )
    else:
        pen.polygon(
            [(0, height * 0.7), (width, height * 0.38), (width, height * 0.6), (0, height * 0.88)],
            fill=accent,
        )
    word(image, text, (middle, height * 0.48), max(14, int(120 / max(3.4, len(text)))), letters)
    lines(image, (middle - 30, height * 0.8, middle + 30, height * 0.9), rng, 5, letters)
    return image


def newspaper(rng: np.random.Generator, title: str, width: int = 220, height: int = 280) -> Image.Image:
    """A front page: title, rules, headline, a photograph and columns."""
    image = Image.new("RGB", (width, height), (226, 222, 210))
    pen = ImageDraw.Draw(image)
    dark: Ink = (52, 50, 50)
    word(image, title, (width / 2, 24), 30, dark)
    pen.rectangle([8, 44, width - 8, 46], fill=dark)
    lines(image, (12, 52, width - 12, 74), rng, 13, dark)
    photo_left = 10 if rng.random() < 0.5 else width * 0.5
    pen.rectangle([photo_left, 84, photo_left + width * 0.44, 150], fill=(126, 126, 124))
    pen.ellipse([photo_left + 14, 96, photo_left + 50, 140], fill=(176, 174, 168))
    pen.polygon(
        [(photo_left + 40, 150), (photo_left + 70, 104), (photo_left + width * 0.44, 150)], fill=(84, 84, 84)
    )
    column = (width - 20) / 4
    for k in range(4):
        left = 10 + k * column
        beside = photo_left - 5 < left < photo_left + width * 0.4
        lines(image, (left, 158 if beside else 84, left + column - 6, height - 10), rng, 5, (112, 110, 108))
    return image
