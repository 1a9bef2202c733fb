"""How long to wait before something is tried again: the one way in which a device grows patient."""

import random


class Backoff:
    """Doubles from `first_ms` to `at_most_ms` with every `grow`; each wait is multiplied by a factor drawn
    between `low` and `high`.

    So a thousand bins that lost the same broker in the same second do not come back in the same second.
    """

    def __init__(self, rng: random.Random, first_ms: int, at_most_ms: int, low: float, high: float) -> None:
        self._rng = rng
        self._first_ms = first_ms
        self._at_most_ms = at_most_ms
        self._low, self._high = low, high
        self.failures = 0
        """How often it grew since it was last reset."""

    def wait_ms(self) -> int:
        """How long to wait now, ms."""
        full = min(self._first_ms << min(self.failures, 20), self._at_most_ms)
        return round(full * self._rng.uniform(self._low, self._high))

    def grow(self) -> None:
        """It failed again: the next wait is longer."""
        self.failures += 1

    def reset(self) -> None:
        """It worked: the next wait is the shortest."""
        self.failures = 0
