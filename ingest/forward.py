"""The forwarder: stored events and alert changes, as points, to the time-series store.

It has a thread of its own and a cursor over what is stored; there is no second queue. Down for a day costs
nothing: the cursor stays, and all is written when it is back. What can never be written becomes a dead letter
and is passed.
"""

import hashlib
import logging
import random
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ingest.draft import printable
from ingest.metrics import Metrics
from ingest.pace import Pace
from ingest.points import Source, alert_points, event_points
from ingest.worker import Worker
from linli.clock import Clock
from linli.errors import HistoryRefused, HistoryUnavailable, StoreError
from linli.ports.history import PointSink
from linli.ports.operational import FORWARD_CURSOR, IngestStore
from linli.ports.rows import DeadLetter, EventRow
from linli.refusal import Refusal

log = logging.getLogger("ingest.forward")

ALERTS = "influxdb_alerts"
POINTS_AT_ONCE = 5_000
LOOK_EVERY_S = 0.5
REPORT_EVERY_MS = 1_000
REFUSED_RETRY_S = 30.0
"""A person must act; we look again, slowly."""


class Progress(Struct):
    """How it goes, as the report says it. `state` and `detail` are of the last step alone."""

    state: str = "starting"
    detail: str = ""
    lag: int = 0
    written: int = 0
    rejected: int = 0


class Forwarder(Worker):
    """Runs until `stop`. `sink` is opened here, so that a store that is away holds nobody up."""

    def __init__(
        self,
        store: IngestStore,
        sink: PointSink,
        metrics: Metrics,
        clock: Clock,
        seed: int | None = None,
    ) -> None:
        super().__init__("forwarder")
        self._store = store
        self._sink = sink
        self._metrics = metrics
        self._clock = clock
        self._pace = Pace(random.Random(seed))
        self._open = False
        self._answers = ""
        """What the sink said that answers there."""
        self._begun = False
        self._report_at_ms = 0
        self.progress = Progress()

    def step(self) -> float:
        """Write some; returns after how many seconds to come again. Never raises what a store may raise."""
        progress = self.progress
        try:
            if not self._begun:
                self._begin()
            if not self._open:
                self._answers = self._sink.open()
                self._open = True
                log.info("forwarding", extra={"to": self._answers})
            busy = self._forward()
            progress.state, progress.detail = "writing" if busy else "idle", self._answers
            self._pace.succeeded()
            wait = 0.0 if busy else LOOK_EVERY_S
        except HistoryUnavailable as error:
            wait = self._fail("away", error, self._pace.failed())
        except HistoryRefused as error:
            self._open = False  # what is missing may have to be made
            wait = self._fail("refused", error, REFUSED_RETRY_S)
        except StoreError as error:
            wait = self._fail("store away", error, self._pace.failed())
        except Exception as error:  # a fault of ours; events must not cease to be written until a restart
            log.exception("forwarding failed; this is a fault of linli")
            wait = self._fail("fault", error, self._pace.failed())
        self._report()
        return wait

    def _begin(self) -> None:
        """From here on there is somebody who is behind, and ranges to write again are kept for us."""
        self._store.set_cursor(FORWARD_CURSOR, self._store.cursor(FORWARD_CURSOR))
        self._begun = True

    def _fail(self, state: str, error: Exception, wait: float) -> float:
        if self.progress.state != state:
            log.warning("cannot forward", extra={"state": state, "why": str(error)})
        self.progress.state, self.progress.detail = state, str(error) or type(error).__name__
        return wait

    def _forward(self) -> bool:
        """One bounded piece of each sort; True when there may be more."""
        more = self._forward_events()
        more |= self._forward_alerts()
        return self._rewrite() or more

    def _forward_events(self) -> bool:
        at = self._store.cursor(FORWARD_CURSOR)
        rows = self._store.events_after(at, POINTS_AT_ONCE)
        if rows:
            self._write_events(rows)
            self._store.set_cursor(FORWARD_CURSOR, rows[-1].id)
        return len(rows) == POINTS_AT_ONCE

    def _forward_alerts(self) -> bool:
        at = self._store.cursor(ALERTS)
        changes = self._store.alert_changes_after(at, POINTS_AT_ONCE)
        if changes:
            self._write(alert_points(changes))
            self._store.set_cursor(ALERTS, changes[-1][0].number)
        return len(changes) == POINTS_AT_ONCE

    def _rewrite(self) -> bool:
        for range_id, first, last in self._store.rewrites(1):
            at = first
            while at <= last:
                rows = self._store.events_between(at, last, POINTS_AT_ONCE)
                if not rows:
                    break
                self._write_events(rows)
                at = rows[-1].id + 1
            self._store.rewritten(range_id)
            return True
        return False

    def _write_events(self, rows: list[EventRow]) -> None:
        sources, unwritable = event_points(rows, self._store.outcomes(rows))
        self._bury([self._letter(each.topic, each.detail, each.raw) for each in unwritable])
        self._write(sources)

    def _write(self, sources: Sequence[Source]) -> None:
        if not sources:
            return
        rejected = self._sink.write([source.point for source in sources])
        of = [(sources[each.index], each.detail) for each in rejected]
        self._bury([self._letter(source.topic, detail, source.raw) for source, detail in of])
        written = len(sources) - len(rejected)
        self._metrics.points.inc(written)
        self.progress.written += written

    def _bury(self, letters: list[DeadLetter]) -> None:
        if not letters:
            return
        self._store.dead_letter(letters)
        self._metrics.refuse(Refusal.POINT_REJECTED, len(letters))
        self.progress.rejected += len(letters)

    def _letter(self, topic: str, detail: str, raw: bytes) -> DeadLetter:
        sha256 = hashlib.sha256(raw).hexdigest()
        return DeadLetter(
            topic,
            Refusal.POINT_REJECTED,
            printable(detail)[:1_000],
            raw,
            sha256,
            len(raw),
            self._clock.wall(),
        )

    def _report(self) -> None:
        steady = self._clock.steady()
        if steady < self._report_at_ms:
            return
        self._report_at_ms = steady + REPORT_EVERY_MS
        try:
            self.progress.lag = self._store.forward_lag()
            self._store.report("forwarder", msgspec.json.encode(self.progress), self._clock.wall())
        except StoreError as error:
            log.warning("cannot report", extra={"why": str(error)})
        self._metrics.forward_lag.set(self.progress.lag)
