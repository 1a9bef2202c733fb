"""What a camera over a collection point says, and when: only changes, and those of its lens only once they
are sure to be ones.
"""

from typing import Literal

from edge.seeing import Seen
from models.lens import View

What = Literal["item", "bag_on_ground", "clear", "lens_covered", "lens_dark", "lens_clear"]
Lens = Literal["lens_covered", "lens_dark", "lens_clear"]

CONFIRMATIONS = 3
"""Photos in a row that must agree before the lens is said to have changed: a passer-by covers one."""
LIT_LUMA = 36.0
"""Brightness (99th percentile of the luma, 0..255) from which a dark view no longer is: well above what the
classifier calls too dark, so that at the edge of night it does not flutter.
"""
REPEAT_MS = 30 * 60 * 1000
"""What has not changed is said again after so long, so that a quiet camera is not taken for a mute one."""


class Confirmed:
    """Whether something holds: known once CONFIRMATIONS photos in a row, of those that tell, agree."""

    def __init__(self) -> None:
        self.holds: bool | None = None
        self._last: bool | None = None
        self._agreed = 0

    def hear(self, now: bool | None) -> None:
        """One more photo; None does not tell."""
        if now is None:
            return
        self._agreed = self._agreed + 1 if now == self._last else 1
        self._last = now
        if self._agreed >= CONFIRMATIONS:
            self.holds = now


class LensWatch:
    """Whether the lens is dark, covered or clear.

    At first nothing is known (None), so each start tells how it is: a lens that was wiped while the power was
    off would else stay covered for ever in the eyes of the property manager. Darkness says nothing of covers,
    nor does a blur: what covered the lens in the evening is there in the morning.
    """

    def __init__(self) -> None:
        self.state: Lens | None = None
        self._dark, self._covered = Confirmed(), Confirmed()

    def look(self, view: View, reason: str | None) -> Lens | None:
        """The new state when it changed with this photo. `reason` is the classifier's for being unsure."""
        dark = reason == "too_dark"
        lit = view.brightest >= LIT_LUMA or reason is None  # where it can name an item, there is light
        self._dark.hear(dark if dark or lit else None)
        self._covered.hear(None if dark or reason == "blurred" else reason == "covered")
        before, self.state = self.state, self._said()
        return self.state if self.state != before else None

    def _said(self) -> Lens | None:
        if self._dark.holds:
            return "lens_dark"
        if self._covered.holds is None:
            return None  # light alone does not tell that it is clear, nor that it is still dark
        return "lens_covered" if self._covered.holds else "lens_clear"


class CollectionPointWatch:
    """Turns one photo after the other into what is worth saying."""

    def __init__(self) -> None:
        self._lens = LensWatch()
        self._said: What | None = None
        self._item: str | None = None  # the last that was surely there
        self._said_ms = 0  # by the wall clock, as the events are stamped; it may jump

    def look(self, sight: Seen, now_ms: int) -> list[What]:
        """What to say of this photo: a change of the lens, a change of what lies there, or nothing."""
        changed = self._lens.look(sight.view, sight.unsure) if sight.view is not None else None
        found: list[What] = [changed] if changed is not None else []
        blind = self._lens.state in {"lens_dark", "lens_covered"}
        scene = self._lens.state if blind else _scene(sight)
        if scene is None:
            return found
        sure_of = sight.item if scene == "item" and sight.unsure is None else None
        changes = scene != self._said or (sure_of is not None and sure_of != self._item)
        if changes or abs(now_ms - self._said_ms) >= REPEAT_MS:
            self._item = sure_of if scene != self._said else sure_of or self._item
            self._said, self._said_ms = scene, now_ms
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
