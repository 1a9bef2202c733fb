"""The wall clock of a process of bins, set from outside while they live: the network puts it right, it jumps,
it is back in 1970 after a power-on, it drifts.

It is two numbers on the board: so it lives on when the process is killed, as a board's own clock does.
"""

import random
import time

from tests.faults.board import Board
from tests.faults.happenings import HOUR_MS
from tests.faults.plan import Plan

YEAR_MS = 365 * 86_400_000
DRIFTS_MS_A_MS = 3
"""So much more than true time a clock goes that drifts: what takes others weeks, a run can see."""
BOOTED_MS = 5_000
"""What it shows soon after a power-on without a battery."""
WRONG_MS = (5 * HOUR_MS, 10 * YEAR_MS, -10 * YEAR_MS, -4 * YEAR_MS)
"""By how much a clock is off that the network puts right: ahead, never set, or set and asleep for years."""
JUMPS_MS = (-5 * HOUR_MS, 5 * HOUR_MS)


def slots(group: str) -> list[str]:
    """Its numbers on the board: by how much it is off, and since when it drifts (0: it does not)."""
    return [f"off/{group}", f"drifts/{group}"]


def begins_off(plan: Plan) -> int:
    """By how much the clock of the second process of bins is off when all begins, ms."""
    if plan.has("clock put right"):
        return random.Random(plan.seed).choice(WRONG_MS)
    return 10 * YEAR_MS * (plan.has("clock ahead") - plan.has("clock behind"))


def true_ms() -> int:
    return time.time_ns() // 1_000_000


class WallClock:
    """Of one group of bins. `set`, `lose`, `drift` are for whoever does it to them. ms."""

    def __init__(self, board: Board, group: str) -> None:
        self._board = board
        self._off, self._drifts = slots(group)

    def off_ms(self, now_ms: int) -> int:
        """Its time less the true one, at the true time `now_ms`."""
        since = self._board[self._drifts]
        drifted = DRIFTS_MS_A_MS * (now_ms - since) if since else 0
        return self._board[self._off] + drifted

    def wall(self) -> int:
        now_ms = true_ms()
        return now_ms + self.off_ms(now_ms)

    def set(self, off_ms: int) -> None:
        """From now on it is off by so much, and goes as it should."""
        self._board[self._drifts] = 0
        self._board[self._off] = off_ms

    def jump(self, by_ms: int) -> None:
        """Not before 1970, which no clock shows."""
        now_ms = true_ms()
        self.set(max(self.off_ms(now_ms) + by_ms, BOOTED_MS - now_ms))

    def lose(self) -> None:
        """A power-on: it counts from 1970."""
        self.set(BOOTED_MS - true_ms())

    def drift(self) -> None:
        self._board[self._drifts] = true_ms()
