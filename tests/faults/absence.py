"""Of a process that was killed, or stands still, and will be back."""

import time
from collections.abc import Callable

AWAY_S = 0.15
"""How long what was killed stays away."""
PATIENCE_S = 5.0
"""How long it waits for what it was to wait for."""


class Absence:
    """Of a process that `start` brings back, when it is time and `until` says so."""

    def __init__(
        self,
        start: Callable[[], None],
        until: Callable[[], bool] = lambda: True,
        at_least_s: float = AWAY_S,
    ) -> None:
        self.start = start
        self._until = until
        self._at_least_s = at_least_s
        self._since = time.monotonic()

    @property
    def over(self) -> bool:
        for_s = time.monotonic() - self._since
        return for_s >= self._at_least_s and (for_s >= PATIENCE_S or self._until())
