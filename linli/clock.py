"""Time as a process is given it: one clock for stamps, one for waiting."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall()` is ms UTC and may jump, as when it is put right; `steady()` is ms and only grows.

    Whatever waits (a receipt, a retry, a tick) waits by `steady`: a wall clock set back an hour must not
    silence anybody for an hour.
    """

    wall: Callable[[], int]
    steady: Callable[[], int]
