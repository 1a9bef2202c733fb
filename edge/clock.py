"""The device's own clock, and by how much it is off."""

import time
from typing import Final

from linli.clock import Clock
from linli.identifiers import MILLIS_MAX

BOOTTIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux has it: a steady clock that counts sleep too."""


def system_clock() -> Clock:
    """The machine's: a board without a battery may jump, its steady clock does not.

    On Linux the steady clock goes on while the board sleeps, as whoever gives another clock must see to; the
    clocks of other systems may stand still.
    """
    return Clock(lambda: time.time_ns() // 1_000_000, _steady_ms)


def _steady_ms() -> int:
    ns = time.monotonic_ns() if BOOTTIME is None else time.clock_gettime_ns(BOOTTIME)
    return ns // 1_000_000


SET_MS = 2_000
"""Wall and steady clock go alike; when they part by more than this, the wall's was set."""


SLEEP_MAX_MS = 400 * 86_400_000
"""As long as anything waits."""
AHEAD_MS = SET_MS if BOOTTIME is not None else SLEEP_MAX_MS
"""A wall clock that jumps ahead by less may be right and the steady one have slept; by more, it was set."""


class Clocks:
    """Which clock stamped which events: a board that is put right holds some that the old one stamped.

    They go in batches of their own, whose `sent` is what the old clock would show by now: so whoever places
    them need not know that it was set. Kept in memory: a board that starts anew meanwhile has lost its old
    clock. `ahead_ms`: by how much the wall clock may jump ahead of this machine's steady one unset.
    """

    def __init__(self, ahead_ms: int = AHEAD_MS) -> None:
        self._ahead_ms = ahead_ms
        self._apart: int | None = None
        self._before: list[tuple[int, int]] = []
        """(last number that it stamped, its wall less the steady clock), oldest first"""

    def watch(self, now_ms: int, wall_ms: int, given: int) -> None:
        """Look at both clocks; numbers up to `given` are stamped. ms."""
        apart = wall_ms - now_ms
        if self._apart is not None and not -SET_MS <= apart - self._apart <= self._ahead_ms:
            self._before.append((given, self._apart))
        self._apart = apart

    def behind(self, seq: int) -> int:
        """By how much the clock that stamped this number is behind the one of now, ms."""
        for last, apart in self._before:
            if seq <= last and self._apart is not None:
                return self._apart - apart
        return 0

    def settled(self, first: int) -> None:
        """No number below `first` is held any more."""
        self._before = [each for each in self._before if each[0] >= first]


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
