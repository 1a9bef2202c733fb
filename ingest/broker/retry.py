"""When to try the broker again."""

import random

FIRST_S = 0.5
MAX_S = 30.0


class Retry:
    """Waits twice as long after each failure, up to MAX_S, and by chance a little more or less. Times
    are steady seconds.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._wait_s = FIRST_S
        self.at = 0.0
        """The next attempt is due then."""

    def failed(self, now: float) -> float:
        """The connection is lost; returns the seconds until the next attempt."""
        delay = self._wait_s * self._random.uniform(0.8, 1.2)
        self.at = now + delay
        self._wait_s = min(MAX_S, self._wait_s * 2)
        return delay

    def worked(self) -> None:
        """The next failure is the first again."""
        self._wait_s = FIRST_S

    def at_once(self) -> None:
        """Nothing has failed: the connection was left on purpose."""
        self.at = 0.0
        self.worked()
