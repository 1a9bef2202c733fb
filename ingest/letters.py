"""How many refused messages are kept word for word; all are counted.

A device that sends nonsense without an end tells no more by its thousandth message than by its first, and
each that is kept costs about as much as a good event. So there is room for so many a second, whoever they are
from.
"""

KEPT_A_SECOND = 500


class Room:
    """Room in this second, by ingest's clock."""

    def __init__(self) -> None:
        self._second = 0
        self._taken = 0

    def left(self, now_ms: int) -> int:
        """How many more are kept."""
        return max(0, KEPT_A_SECOND - self._taken) if now_ms // 1_000 == self._second else KEPT_A_SECOND

    def take(self, now_ms: int, kept: int) -> None:
        """So many were, now that they are committed."""
        second = now_ms // 1_000
        if second != self._second:
            self._second, self._taken = second, 0
        self._taken += kept
