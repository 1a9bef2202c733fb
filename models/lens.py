"""Whether the camera saw anything: darkness and blur, from the pixels alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.decision import Decision

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, the luma a JPEG itself is stored in."""


@dataclass(frozen=True)
class View:
    """What the pixels alone say, in luma (0 to 255).

    ``brightest`` is the 99th percentile, ``contrast`` its distance from the 1st; ``sharpness`` is the
    steepest step over the contrast.
    """

    brightest: float
    contrast: float
    sharpness: float


def look(pixels: npt.NDArray[np.uint8]) -> View:
    """Measures a prepared photo, uint8 RGB (side, side, 3).

    Sharpness is the steepest step anywhere: one crisp edge shows that the lens is focused,
    however plain the rest of a bin is. Steps are taken over two pixels, so that sensor noise
    and JPEG blocks weigh less than edges do.
    """
    luma = pixels.astype(np.float32) @ LUMA
    low, high = np.percentile(luma, (1, 99))
    smooth = (luma[:-1, :-1] + luma[1:, :-1] + luma[:-1, 1:] + luma[1:, 1:]) / 4
    across = np.abs(smooth[:, 2:] - smooth[:, :-2])
    down = np.abs(smooth[2:, :] - smooth[:-2, :])
    steepest = max(float(np.percentile(across, 99.8)), float(np.percentile(down, 99.8)))
    contrast = float(high - low)
    return View(float(high), contrast, steepest / max(contrast, 1.0))


def too_dark(view: View, decision: Decision) -> bool:
    """Whether there is hardly any light."""
    return view.brightest < decision.dark_below


def softness(view: View, decision: Decision) -> str | None:
    """Why an item that the network saw is in doubt: ``no_item``, no contrast; ``blurred``; or None."""
    if view.contrast < decision.flat_below:
        return "no_item"
    return "blurred" if view.sharpness < decision.sharp_from else None
