"""The device's own clock, and by how much it is off."""

import time

from linli.clock import Clock
from linli.identifiers import MILLIS_MAX


def system_clock() -> Clock:
    """The machine's: a board without a battery may jump, its steady clock does not."""
    return Clock(lambda: time.time_ns() // 1_000_000, lambda: time.monotonic_ns() // 1_000_000)


SET_MS = 2_000
"""Wall and steady clock go alike; when they part by more than this, the wall's was set."""


class Offset:
    """Server minus device, as the last receipt told it; unknown before it, and again once the clock is
    set.

    A board without a battery begins anywhere and is put right by the network in the middle of its work, so
    what was learned of the old clock must not be said of the new one. ms.
    """

    def __init__(self) -> None:
        self._ms: int | None = None
        self._apart = 0

    def learn(self, server_ms: int, now_ms: int, wall_ms: int) -> None:
        """A receipt said what time it is there."""
        self._ms = server_ms - wall_ms
        self._apart = wall_ms - now_ms

    def ms(self, now_ms: int, wall_ms: int) -> int | None:
        """What can be said now."""
        if self._ms is None or abs(self._ms) > MILLIS_MAX:
            return None
        return self._ms if abs(wall_ms - now_ms - self._apart) <= SET_MS else None
