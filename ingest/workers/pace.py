"""How long to wait before trying again: twice as long each time, with jitter, up to a bound."""

import random


class Pace:
    """Waits in seconds."""

    def __init__(self, source: random.Random, first_s: float = 0.5, longest_s: float = 60.0) -> None:
        self._random = source
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def succeeded(self) -> None:
        """The next failure is a first one."""
        self._next_s = self._first_s

    def failed(self, at_least_s: float = 0.0) -> float:
        """The wait before the next try: ± 20 %, so that many do not come at once."""
        wait = self._next_s * self._random.uniform(0.8, 1.2)
        self._next_s = min(self._longest_s, self._next_s * 2)
        return max(at_least_s, wait)
