"""When to try a broken connection again."""

import random

FIRST_MS = 1_000
AT_MOST_MS = 60_000
STABLE_MS = 10_000


class Backoff:
    """Doubles from one second to a minute, each time shortened by up to half at random.

    So a thousand bins that lost the same broker do not come back in the same second. Steady ms.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._failures = 0

    def failed(self) -> int:
        """How long to wait now, ms."""
        full = min(FIRST_MS << min(self._failures, 16), AT_MOST_MS)
        self._failures += 1
        return round(full * self._rng.uniform(0.5, 1.0))

    def ended(self, lasted_ms: int) -> int:
        """A connection that stood for so long ended: how long to wait now, ms.

        A short one counts as a failure: two devices under one name would else chase each other for ever.
        """
        if lasted_ms >= STABLE_MS:
            self._failures = 0
        return self.failed()
