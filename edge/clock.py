"""Time as the edge is given it: one clock for stamps, one for waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall()` is ms UTC and may jump, as on a board that has no battery; `steady()` is ms and only grows.

    Whatever waits (a retry, a question) waits by `steady`: a wall clock set back an hour must not silence a
    bin for an hour.
    """

    wall: Callable[[], int]
    steady: Callable[[], int]


def system_clock() -> Clock:
    """The machine's own."""
    return Clock(lambda: time.time_ns() // 1_000_000, lambda: time.monotonic_ns() // 1_000_000)
