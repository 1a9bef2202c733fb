"""What keeps readers from waiting, one after the other and many at once, for a store that does not answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from linli.errors import HistoryUnavailable
from stores.influxdb.transport import NoAnswer

REST_S = 5.0
AT_ONCE = 8
QUEUE_S = 0.5
"""How long a reader waits for its turn: a healthy store answers in a few ms."""


class Breaker:
    """After no answer came, all are told so at once for some seconds. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._silent: tuple[float, str] | None = None
        """(until when, what was said)"""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One reader's turn. Raises HistoryUnavailable when it is not worth asking now."""
        self._check()
        if not self._turns.acquire(timeout=QUEUE_S):
            self._check()
            raise HistoryUnavailable(f"{AT_ONCE} others are waiting for its answer already")
        try:
            self._check()  # another may have learned it while this one waited
            yield
        except NoAnswer as error:
            self._silent = self._clock() + REST_S, str(error)
            raise
        finally:
            self._turns.release()

    def _check(self) -> None:
        silent = self._silent
        if silent is not None and self._clock() < silent[0]:
            raise HistoryUnavailable(silent[1])
