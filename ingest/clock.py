"""The server's clocks, read in one place."""

import time

from linli.clock import Clock


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def system_clock() -> Clock:
    """The machine's own."""
    return Clock(now_ms, lambda: time.monotonic_ns() // 1_000_000)
