"""The device's own clock."""

import time

from linli.clock import Clock


def system_clock() -> Clock:
    """The machine's: a board without a battery may jump, its steady clock does not."""
    return Clock(lambda: time.time_ns() // 1_000_000, lambda: time.monotonic_ns() // 1_000_000)
