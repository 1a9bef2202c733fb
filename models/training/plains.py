"""Plain grounds out of real photos: the boards, tables and walls in their corners, where no item lies.

A drawn panel is too clean: a camera's noise, a JPEG's blocks and a real lamp's light are in these.
"""

from __future__ import annotations

import numpy as np

from models.labels import NO_ITEM
from models.measuring.manifest import Photo

SIDE = 96
"""Side of a part in pixels, of a square of 256."""
STRIDE = 4
EACH = 260
"""So many parts at most come from one source."""
FLAT_ITEMS = ("paper", "cardboard", "textile", "misc_trash", NO_ITEM)
"""Their own surface may fill a corner: it would be called empty."""


def plain_parts(photos: list[Photo], squares: np.ndarray, seed: int) -> np.ndarray:
    """One corner at most of each photo, uint8 (N, SIDE, SIDE, 3), as they are drawn; one grey, if none."""
    dice = np.random.default_rng(seed)
    found, taken = [], dict.fromkeys({photo.source for photo in photos}, 0)
    for row in dice.permutation(len(photos)):
        photo = photos[row]
        if photo.item in FLAT_ITEMS or taken[photo.source] >= EACH:
            continue
        part = _plainest(np.asarray(squares[row]))
        if part is not None:
            found.append(part)
            taken[photo.source] += 1
    return np.stack(found) if found else np.full((1, SIDE, SIDE, 3), 200, np.uint8)


def _plainest(square: np.ndarray) -> np.ndarray | None:
    """The corner with the least in it; None where all show an edge, or nothing but burnt-out white."""
    corners = [square[rows, columns] for rows in (slice(SIDE), slice(-SIDE, None))
               for columns in (slice(SIDE), slice(-SIDE, None))]  # fmt: skip
    lumas = [corner.astype(np.float32).mean(2) for corner in corners]
    spreads = [float(luma.std()) for luma in lumas]
    best = int(np.argmin(spreads))
    luma = lumas[best]
    coarse = luma.reshape(SIDE // STRIDE, STRIDE, SIDE // STRIDE, STRIDE).mean((1, 3))
    steps = max(float(np.abs(np.diff(coarse, axis=axis)).max()) for axis in (0, 1))
    if not 0.7 <= spreads[best] <= 14 or steps > 9 or luma.mean() > 246:
        return None
    return corners[best]
