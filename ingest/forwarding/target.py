"""Which time-series store is written to: a new one, or one that has been emptied, is filled with all that is
kept.
"""

import hashlib
import logging
from collections.abc import Callable

from linli.ports.forwarding import ForwardStore
from linli.ports.history import PointSink

log = logging.getLogger("ingest.forwarding.target")

ALERTS = "influxdb_alerts"
"""The cursor over the changes of alerts."""
TARGET = "influxdb_target"
"""A mark: the number of the store that the cursors are about."""
LOOK_AGAIN_MS = 60_000
"""Who writes by a bucket's name is not told that it was deleted and made again in between."""


class Target:
    """Opens the sink, and sees to it that a store without our points gets them. `steady`: ms that only
    grow.
    """

    def __init__(self, store: ForwardStore, sink: PointSink, steady: Callable[[], int]) -> None:
        self._store = store
        self._sink = sink
        self._steady = steady
        self._look_at_ms: int | None = None
        """When to look again which store it is; None: before the next writing."""
        self.words = ""
        """What the sink said that answers there."""

    def close(self) -> None:
        """It may have been replaced: look anew before the next writing."""
        self._look_at_ms = None

    def open(self, cursor: int) -> bool:
        """True when it was not open. `cursor`: the last event that was written to the store known so far.

        Asks again once a minute which store it is.
        Raises HistoryUnavailable, HistoryRefused, StoreUnavailable.
        """
        was_open = self._look_at_ms is not None
        if self._look_at_ms is not None and self._steady() < self._look_at_ms:
            return False
        opened = self._sink.open(lambda: fill(self._store, cursor, "it was missing, and is made"))
        number, known = number_of(opened.name), self._store.mark(TARGET)
        if known is not None and known != number:
            fill(self._store, cursor, "it is another than before")
        if known != number:
            self._store.set_mark(TARGET, number)
        self.words, self._look_at_ms = opened.words, self._steady() + LOOK_AGAIN_MS
        return not was_open


def fill(store: ForwardStore, cursor: int, why: str) -> None:
    """Have all written again, up to this event. Before anything is made there: whoever dies in between begins
    again.
    """
    store.set_cursor(ALERTS, 0)
    if cursor:
        log.warning("all that is kept is written to the time-series store", extra={"why": why})
        store.write_later(1, cursor)


def number_of(name: str) -> int:
    """A mark is a number: 60 bits of the name's hash."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) >> 4
