"""Days whose points the time-series store cannot take now, though it takes others.

A store keeps its points in pieces by time (InfluxDB's shards, of a day or a week); one that is damaged or has
no room answers 500 for its own time alone, perhaps for good.
"""

import random
from collections.abc import Callable

from ingest.workers.pace import Pace

FULL = -1
"""In place of a day: the store is at a limit of its own, whatever the day."""


class Held:
    """Each is tried again after a time of its own. `steady`: ms that only grow."""

    def __init__(self, steady: Callable[[], int], source: random.Random) -> None:
        self._steady = steady
        self._random = source
        self._days: dict[int, tuple[Pace, int]] = {}
        self._released = False
        """Since it was asked last whether anything came due."""

    def __len__(self) -> int:
        return len(self._days)

    def holds(self, day: int) -> bool:
        """Whether it is not worth trying now."""
        held = self._days.get(day)
        return held is not None and self._steady() < held[1]

    def hold(self, day: int) -> None:
        """It failed: leave it alone for a while, longer each time."""
        pace = self._days[day][0] if day in self._days else Pace(self._random, first_s=2.0)
        self._days[day] = pace, self._steady() + int(pace.failed() * 1_000)

    def release(self, day: int) -> None:
        """It was written."""
        self._released = self._days.pop(day, None) is not None or self._released

    def came_due(self, after_ms: int, until_ms: int) -> bool:
        """Whether the time of any of them has come in between, or another writing has shown that it heals."""
        released, self._released = self._released, False
        return released or any(after_ms < due <= until_ms for _, due in self._days.values())

    def due_ms(self) -> int | None:
        """When the first of them may be tried again; None when none is held."""
        return min((due for _, due in self._days.values()), default=None)
