"""What runs beside the loop: it reads what is committed, and ingest never waits for it.

However many ingests there are, it runs in one of them.
"""

from collections.abc import Callable, Sequence

from ingest.workers.worker import Worker

STOP_WITHIN_S = 10.0
"""What a worker has in hand after this is done again by whoever comes next."""


class Duties:
    """The workers, while they are ours."""

    def __init__(self, make: Callable[[], Sequence[Worker]]) -> None:
        self._make = make
        self._ours = False
        self._running: list[Worker] = []
        self._ending: list[Worker] = []

    def follow(self, *, ours: bool) -> bool:
        """Start them, or let them end after what they have in hand; returns whether that changed anything.

        Those of a time before must have ended first: there are never two of a sort.
        """
        self._ending = [worker for worker in self._ending if worker.is_alive()]
        if ours == self._ours or (ours and self._ending):
            return False
        if ours:
            self._running = list(self._make())
            for worker in self._running:
                worker.start()
        else:
            self._end()
        self._ours = ours
        return True

    def close(self) -> None:
        """End them, and wait until they have."""
        self._end()
        for worker in self._ending:
            worker.join(STOP_WITHIN_S)

    def _end(self) -> None:
        for worker in self._running:
            worker.stop()
        self._ending += self._running
        self._running = []
