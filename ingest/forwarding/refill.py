"""`python -m ingest refill`: the points of a range of time anew, to the InfluxDB that the settings name.

It reads what is stored and changes nothing of it, so it may run beside an ingest, and towards a second
InfluxDB. What is there already is written over itself.
"""

import random
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from msgspec import Struct

from ingest.forwarding.delivery import Delivery
from ingest.forwarding.held import Held
from ingest.forwarding.posting import Posting, Refusals
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.forwarding.target import TARGET, fill, number_of
from ingest.workers.pace import Pace
from linli.clock import Clock
from linli.errors import HistoryFailed, HistoryUnavailable
from linli.ports.forwarding import ForwardStore, PointRow, Range
from linli.ports.history import PointSink

PATIENCE_MS = 600_000
"""InfluxDB may be restarted meanwhile; after so long in which it came no further a person must look."""
AHEAD_MS = 86_400_000
"""No event is placed by so much after the time at which it was received."""

T = TypeVar("T")


class Span(Struct, frozen=True):
    """From `start_ms` up to `end_ms`, without it; UTC."""

    start_ms: int
    end_ms: int

    def __contains__(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms


class Refilled(Struct):
    """How far it came: `done` of `total` events looked at; points `written`; `refused`, and why the last was.

    `to`: what answers. `trouble`: what it said last, while it cannot write.
    """

    total: int = 0
    done: int = 0
    written: int = 0
    refused: int = 0
    why: str = ""
    to: str = ""
    trouble: str = ""


class Refill:
    """`tell` hears of every step, `wait` (seconds) is called while nothing can be written."""

    def __init__(
        self,
        store: ForwardStore,
        sink: PointSink,
        clock: Clock,
        tell: Callable[[Refilled], None],
        wait: Callable[[float], None],
    ) -> None:
        self._store, self._sink, self._clock, self._tell, self._wait = store, sink, clock, tell, wait
        source = random.Random()
        self._pace = Pace(source)
        self._held = Held(clock.steady, source)
        self._delivery = Delivery(sink, self._held, clock.steady)
        self._further_ms = clock.steady()
        self.so_far = Refilled()

    def run(self, span: Span) -> Refilled:
        """Write the points of a span. Raises HistoryRefused, StoreError, and HistoryUnavailable when for ten
        minutes it came no further.
        """
        posting = Posting(partial(self._read, span), self._delivery, self._note)
        self._persist(self._open)
        self._write_events(posting, span)
        self._write_alerts(posting, span)
        return self.so_far

    def _open(self) -> None:
        made: list[bool] = []
        opened = self._sink.open(lambda: made.append(True))
        self.so_far.to = opened.words
        if made and self._store.mark(TARGET) == number_of(opened.name):
            # The one that a forwarder believes to be full was dropped, and is made again here, unseen by it.
            fill(self._store, self._store.newest_event(), "it was missing, and is made")

    def _read(self, span: Span, first: int, last: int) -> list[PointRow]:
        return [row for row in self._store.points_between(first, last) if row[6] in span]

    def _write_events(self, posting: Posting, span: Span) -> None:
        newest = self._store.newest_event()
        first = self._store.received_from(span.start_ms - AHEAD_MS)
        self.so_far.total = max(0, newest + 1 - first)
        later: deque[Range] = deque()
        for start in range(first, newest + 1, EVENTS_AT_ONCE):
            piece = start, min(newest, start + EVENTS_AT_ONCE - 1)
            left = self._persist(partial(posting.events, *piece))
            if left is not None:
                later.append(left)
            self.so_far.done = piece[1] + 1 - first
            self._say()
        while later:
            piece = later.popleft()
            left = self._persist(partial(posting.events, *piece))
            if left == piece:
                self._rest()
            else:
                self._say()
            if left is not None:
                later.append(left)

    def _write_alerts(self, posting: Posting, span: Span) -> None:
        after = 0
        while changes := self._store.alert_changes_after(after, EVENTS_AT_ONCE):
            ours = [each for each in changes if each[0].at_ms in span]
            left = self._persist(partial(posting.alerts, ours)) if ours else None
            if left is None:
                after = changes[-1][0].number
                self._say()
            elif left - 1 > after:
                after = left - 1
                self._say()
            else:
                self._rest()

    def _persist(self, attempt: Callable[[], T]) -> T:
        """Until it can be written, within our patience."""
        while True:
            try:
                done = attempt()
            except HistoryUnavailable as error:
                self._check(error)
                self._wait(self._pace.failed(error.retry_after_s or 0.0))
                continue
            self._pace.succeeded()
            return done

    def _rest(self) -> None:
        """Part of it cannot be written now."""
        trouble = self._delivery.trouble
        self._check(HistoryFailed(trouble.said if trouble is not None else "it does not take them all"))
        due = self._held.due_ms() or 0
        self._wait(max(1.0, (due - self._clock.steady()) / 1_000))

    def _check(self, error: HistoryUnavailable) -> None:
        if self._clock.steady() - self._further_ms > PATIENCE_MS:
            raise error
        self.so_far.trouble = str(error)
        self._tell(self.so_far)

    def _say(self) -> None:
        """It has come further."""
        self._further_ms = self._clock.steady()
        self.so_far.written, self.so_far.trouble = self._delivery.written, ""
        self._tell(self.so_far)

    def _note(self, refusals: Refusals) -> None:
        """They are told; that they are dead letters is the forwarder's to say, once."""
        self.so_far.refused += sum(points for _, _, points in refusals)
        self.so_far.why = refusals[-1][1]
