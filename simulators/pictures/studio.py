"""The studio: one call draws the picture a bin's camera takes of one thing on its panel."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import numpy as np

from simulators.pictures import fibre, hazardous, kitchen, lamps, other, recyclable, scenes, sundry
from simulators.pictures.canvas import SIDE, Canvas
from simulators.pictures.light import Lamp, Relief, extent, shone
from simulators.pictures.panel import Panel, developed, exposed

Variant = Callable[[Canvas], None]

VARIANTS: dict[str, tuple[Variant, ...]] = {
    item: variants
    for kind in (fibre, recyclable, kitchen, hazardous, lamps, other, sundry)
    for item, variants in kind.VARIANTS.items()
}
ITEMS: tuple[str, ...] = tuple(VARIANTS)
SCENES = ("empty", "covered", "bag")


def draw(item: str, seed: int, size: int = 320) -> bytes:
    """The JPEG of one deposit: the same bytes for the same `item`, `seed` and `size` (pixels a side).

    `item` is one of ITEMS (the classifier's labels; the seed also picks which of its kinds of thing) or
    of SCENES. At most 40,000 bytes. Raises ValueError for an unknown item or a size outside 32..1024.
    """
    if item not in VARIANTS and item not in SCENES:
        raise ValueError(f"no picture of {item!r}: known are {', '.join(ITEMS + SCENES)}")
    if not 32 <= size <= 1024:
        raise ValueError(f"a picture's side is 32 to 1024 pixels, not {size}")
    rng = np.random.default_rng([zlib.crc32(item.encode()), seed])
    if item == "empty":
        return photographed(scenes.empty, rng, size)
    if item == "bag":
        return photographed(scenes.bag, rng, size)
    if item == "covered":
        return developed(scenes.covered(rng), rng, size)
    variants = VARIANTS[item]
    return photographed(variants[int(rng.integers(len(variants)))], rng, size)


def photographed(variant: Variant, rng: np.random.Generator, size: int) -> bytes:
    """Model the thing, drop it on a panel anyhow, light it, and press the shutter."""
    canvas = Canvas(rng)
    variant(canvas)
    rows, cols = extent(canvas.cover)
    reach = math.hypot(*(max(SIDE / 2 - edge.start, edge.stop - SIDE / 2) for edge in (rows, cols)))
    fitting = min(1.0, SIDE / 2 / reach)  # large things are seen whole too
    angle, scale = float(rng.uniform(-180, 180)), fitting * float(rng.uniform(0.8, 0.97))
    x, y = (float(v) for v in rng.uniform(-16, 16, 2))
    relief = Relief.placed(canvas, angle, scale, x, y)
    return developed(exposed(shone(relief, Panel.chosen(rng), Lamp.chosen(rng)), rng), rng, size)
