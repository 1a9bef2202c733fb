"""What a camera over a collection point says, and when: only changes, and only once they are sure to be
ones.
"""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from edge.seeing import Seen

What = Literal["item", "bag_on_ground", "clear", "lens_covered", "lens_dark", "lens_clear"]
Lens = Literal["lens_covered", "lens_dark", "lens_clear"]

CONFIRMATIONS = 3
"""Photos in a row that must agree before the lens is said to have changed: a passer-by covers one."""
DARK_LUMA, LIT_LUMA = 24.0, 36.0
"""Brightness (99th percentile of the luma, 0..255) below which it is dark, and from which it no longer is."""
FLAT_SPREAD, RICH_SPREAD = 5.0, 9.0
"""Spread (standard deviation of the luma) below which the lens is covered, and from which it no longer is."""
SIDE = 128
REPEAT_MS = 30 * 60 * 1000
"""What has not changed is said again after so long, so that a quiet camera is not taken for a mute one."""


@dataclass(frozen=True, slots=True)
class Light:
    """How bright a photo is (99th percentile of the luma) and how far its luma spreads, 0..255."""

    brightest: float
    spread: float


def measure(jpeg: bytes) -> Light:
    """Measure a photo that can be read."""
    image: Image.Image = Image.open(io.BytesIO(jpeg))
    image.draft("L", (SIDE, SIDE))
    luma = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    return Light(float(np.percentile(luma, 99)), float(luma.std()))


class LensWatch:
    """Whether the lens is dark, covered or clear, with hysteresis.

    At first nothing is known (None), so each start tells how it is: a lens that was wiped while the power was
    off would else stay covered for ever in the eyes of the property manager.
    """

    def __init__(self) -> None:
        self.state: Lens | None = None
        self._candidate: Lens | None = None
        self._agreed = 0

    def look(self, light: Light, reason: str | None) -> Lens | None:
        """The new state when it changed with this photo. `reason` is the classifier's for being unsure."""
        now = self._judge(light, reason)
        if now == self.state:
            self._agreed = 0
            return None
        self._agreed = self._agreed + 1 if now == self._candidate else 1
        self._candidate = now
        if self._agreed < CONFIRMATIONS:
            return None
        self.state, self._agreed = now, 0
        return now

    def _judge(self, light: Light, reason: str | None) -> Lens:
        if light.brightest < (LIT_LUMA if self.state == "lens_dark" else DARK_LUMA) or reason == "too_dark":
            return "lens_dark"
        flat = light.spread < (RICH_SPREAD if self.state == "lens_covered" else FLAT_SPREAD)
        return "lens_covered" if flat or reason == "covered" else "lens_clear"


class CollectionPointWatch:
    """Turns one photo after the other into what is worth saying."""

    def __init__(self) -> None:
        self._lens = LensWatch()
        self._said: tuple[What, str | None] | None = None
        self._said_ms = 0  # by the wall clock, as the events are stamped; it may jump

    def look(self, jpeg: bytes, sight: Seen, now_ms: int) -> list[What]:
        """What to say of this photo: a change of the lens, a change of what lies there, or nothing."""
        changed = self._lens.look(measure(jpeg), sight.unsure)
        found: list[What] = [changed] if changed is not None else []
        blind = self._lens.state in {"lens_dark", "lens_covered"}
        scene = self._lens.state if blind else _scene(sight)
        if scene is None:
            return found
        saying = (scene, sight.item if scene == "item" else None)
        if saying != self._said or abs(now_ms - self._said_ms) >= REPEAT_MS:
            self._said, self._said_ms = saying, now_ms
            if scene != changed:
                found.append(scene)
        return found


def _scene(sight: Seen) -> What | None:
    """What lies there; None when the photo does not say."""
    match sight.unsure:
        case None | "low_confidence" | "unfamiliar":
            return "item"
        case "bag":
            return "bag_on_ground"
        case "no_item":
            return "clear"
        case _:
            return None
