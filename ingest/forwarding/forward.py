"""The forwarder: stored events and alert changes, as points, to the time-series store.

It has a thread of its own and a cursor over what is stored; there is no second queue. Down for a day costs
nothing: the cursor stays, and all is written when it is back. What cannot be written now while other points
can is kept as a range of event ids and passed; what can never be written becomes a dead letter.
"""

import hashlib
import logging
import random

import msgspec

from ingest.draft import printable
from ingest.forwarding.delivery import STUCK_AFTER_MS, Delivery
from ingest.forwarding.held import Held
from ingest.forwarding.points import Source
from ingest.forwarding.posting import Posting, Refusals
from ingest.forwarding.rewriting import EVENTS_AT_ONCE, Rewriter
from ingest.forwarding.target import ALERTS, Target
from ingest.metrics import Metrics
from ingest.workers.pace import Pace
from ingest.workers.worker import Worker
from linli.clock import Clock
from linli.errors import HistoryFailed, HistoryRefused, HistoryUnavailable, StoreError
from linli.ports.forwarder_report import ForwarderReport, ForwarderState, Outlook
from linli.ports.forwarding import FORWARD_CURSOR, ForwardStore
from linli.ports.history import PointSink
from linli.ports.rows import DeadLetter
from linli.refusal import Refusal

log = logging.getLogger("ingest.forwarding.forward")

EVENTS_AT_LEAST = 100
LOOK_EVERY_S = 1.0
HELD_LOOK_EVERY_S = 2.0
OTHERS_EVERY_MS = 1_000
FIGURES_EVERY_MS = 2_000
SPEAK_EVERY_MS = 10_000
"""An unchanged report is repeated after this, so that it can be seen that somebody is there."""
ALERTS_RETRY_MS = 10_000
REFUSED_RETRY_S = 30.0
"""A person must act; we look again, slowly."""


class Forwarder(Worker):
    """Runs until `stop`. `sink` is opened here, so that a store that is away holds nobody up."""

    def __init__(
        self,
        store: ForwardStore,
        sink: PointSink,
        metrics: Metrics,
        clock: Clock,
        seed: int | None = None,
    ) -> None:
        super().__init__("forwarder")
        source = random.Random(seed)
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._pace = Pace(source)
        self._held = Held(clock.steady, source)
        self._delivery = Delivery(sink, self._held, clock.steady)
        self._posting = Posting(store.points_between, self._delivery, self._bury, store.plain_points)
        self._rewriter = Rewriter(store, self._held, self._posting.events)
        self._target = Target(store, sink, clock.steady)
        self._at_once = EVENTS_AT_ONCE
        self._cursor = 0
        self._saved: int | None = None
        """It is saved less often than it moves: what is repeated lands on itself."""
        self._since_ms = 0
        """When this state began, while nothing can be written."""
        self._alerts_at_ms = 0
        self._others_at_ms = 0
        self._figures_at_ms = 0
        self._speak_at_ms = 0
        self._said = ForwarderReport()
        self.progress = ForwarderReport()

    def step(self) -> float:
        """Write some; returns after how many seconds to come again. Never raises what a store may raise."""
        progress = self.progress
        try:
            if self._saved is None:
                self._begin()
            if self._target.open(self._cursor):
                log.info("forwarding", extra={"to": self._target.words})
            busy = self._forward()
            self._say_well(busy=busy)
            self._pace.succeeded()
            self._at_once = min(EVENTS_AT_ONCE, self._at_once * 2)
            wait = 0.0 if busy else HELD_LOOK_EVERY_S if len(self._held) else LOOK_EVERY_S
        except HistoryUnavailable as error:
            self._at_once = max(EVENTS_AT_LEAST, self._at_once // 2)  # it may have been too much at once
            state = ForwarderState.FAILING if isinstance(error, HistoryFailed) else ForwarderState.AWAY
            wait = self._fail(state, error, self._pace.failed(error.retry_after_s or 0.0))
        except HistoryRefused as error:
            self._target.close()  # what is missing may have to be made
            wait = self._fail(ForwarderState.REFUSED, error, REFUSED_RETRY_S)
        except StoreError as error:
            wait = self._fail(ForwarderState.STORE_AWAY, error, self._pace.failed())
        except Exception as error:  # a fault of ours; events must not cease to be written until a restart
            log.exception("forwarding failed; this is a fault of linli")
            wait = self._fail(ForwarderState.FAULT, error, self._pace.failed())
        self._metrics.points.inc(self._delivery.written - progress.written)
        progress.written = self._delivery.written
        self._report()
        return wait

    def close(self) -> None:
        """Remember how far it came."""
        try:
            self._save()
        except StoreError as error:
            log.warning("the cursor was not saved; some points are written again", extra={"why": str(error)})

    def _begin(self) -> None:
        """From here on there is somebody who is behind, and ranges to write again are kept for us."""
        self._cursor = self._store.cursor(FORWARD_CURSOR)
        self._store.set_cursor(FORWARD_CURSOR, self._cursor)
        self._saved = self._cursor

    def _fail(self, state: ForwarderState, error: Exception, wait: float) -> float:
        said = str(error) or type(error).__name__
        if self.progress.state != state:
            log.warning("cannot forward", extra={"state": state, "why": said})
            self._since_ms = self._clock.steady()
        self.progress.state, self.progress.detail = state, said
        self.progress.outlook = Outlook.LASTS if self._lasts(state, error) else Outlook.PASSES
        return wait

    def _lasts(self, state: ForwarderState, error: Exception) -> bool:
        """Whether it does not look as if it would heal by itself."""
        if isinstance(error, HistoryFailed):
            return error.lasting or self._clock.steady() - self._since_ms >= STUCK_AFTER_MS
        return state in (ForwarderState.REFUSED, ForwarderState.FAULT)

    def _say_well(self, *, busy: bool) -> None:
        """As well as it is: part of the points may have to wait."""
        progress, trouble = self.progress, self._delivery.trouble
        if trouble is None:
            progress.state, progress.detail = (
                ForwarderState.WRITING if busy else ForwarderState.IDLE,
                self._target.words,
            )
            progress.outlook = Outlook.WELL
            return
        if progress.state != ForwarderState.FAILING:
            log.warning("a part cannot be written", extra={"why": trouble.said})
        progress.state = ForwarderState.FAILING
        progress.outlook = Outlook.LASTS if trouble.lasting else Outlook.PASSES
        progress.detail = f"{trouble.said}; what it takes is written, the rest waits"

    def _forward(self) -> bool:
        """One bounded piece of each sort; True when there may be more. While many events wait, and there was
        nothing else, it is looked for anything else once a second.
        """
        more = self._forward_events()
        if more and self._clock.steady() < self._others_at_ms:
            return True
        others = self._forward_alerts()
        others |= self._rewriter.step(self._clock.steady())
        if self._rewriter.is_done:
            self._posting.forget()
        self._others_at_ms = 0 if others else self._clock.steady() + OTHERS_EVERY_MS
        return more or others

    def _forward_events(self) -> bool:
        newest = self._store.newest_event()
        last = min(newest, self._cursor + self._at_once)
        if last > self._cursor:
            left = self._posting.events(self._cursor + 1, last)
            if left is not None:
                self._rewriter.put_off(*left)
            self._cursor = last
        return last < newest

    def _save(self) -> None:
        if self._cursor != self._saved and self._saved is not None:
            self._store.set_cursor(FORWARD_CURSOR, self._cursor)
            self._saved = self._cursor

    def _forward_alerts(self) -> bool:
        """One that cannot be written now is tried again, and those after it with it: they are few."""
        if self._clock.steady() < self._alerts_at_ms:
            return False
        at = self._store.cursor(ALERTS)
        changes = self._store.alert_changes_after(at, EVENTS_AT_ONCE)
        if not changes:
            return False
        later = self._posting.alerts(changes)
        done = changes[-1][0].number if later is None else later - 1
        if later is not None:
            self._alerts_at_ms = self._clock.steady() + ALERTS_RETRY_MS
        if done > at:
            self._store.set_cursor(ALERTS, done)
        return later is None and len(changes) == EVENTS_AT_ONCE

    def _bury(self, refusals: Refusals) -> None:
        self._store.dead_letter([self._letter(*each[:2]) for each in refusals])
        points = sum(each[2] for each in refusals)
        self._metrics.refuse(Refusal.POINT_REJECTED, points)
        self.progress.rejected += points

    def _letter(self, source: Source, detail: str) -> DeadLetter:
        sha256 = hashlib.sha256(source.raw).hexdigest()
        return DeadLetter(
            source.topic,
            Refusal.POINT_REJECTED,
            printable(detail)[:1_000],
            source.raw,
            sha256,
            len(source.raw),
            self._clock.wall(),
        )

    def _report(self) -> None:
        """Good and bad news at once, figures every two seconds, and seldom when nothing has changed."""
        steady, progress = self._clock.steady(), self.progress
        news = progress.is_well != self._said.is_well or progress.outlook != self._said.outlook
        if not news and steady < self._figures_at_ms:
            return
        self._figures_at_ms = steady + FIGURES_EVERY_MS
        try:
            self._save()
            progress.lag = self._store.forward_lag()
            since = self._store.behind_since()
            progress.behind_s = 0 if since is None else max(0, self._clock.wall() - since) // 1_000
            if progress != self._said or steady >= self._speak_at_ms:
                self._store.report("forwarder", msgspec.json.encode(progress), self._clock.wall())
                self._said = msgspec.structs.replace(progress)
                self._speak_at_ms = steady + SPEAK_EVERY_MS
        except StoreError as error:
            log.warning("cannot report", extra={"why": str(error)})
        self._metrics.forwarding(progress)
