"""Who is called: each change of an alert that pages becomes a log line and, where one is set, a webhook.

Each has a thread of its own with a cursor over the stored changes: a webhook that is away is tried again from
where it stopped, one that fails at a change is sent the next ones all the same, nothing waits for it, and no
line of the log either. At least once: `id` and `state` tell a repeat.
"""

import logging
import random

import msgspec
import urllib3
from msgspec import Struct

from ingest.metrics import Metrics
from ingest.workers.pace import Pace
from ingest.workers.worker import Worker
from linli.clock import Clock
from linli.errors import StoreError
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.operational import IngestStore
from stores import bounded

log = logging.getLogger("ingest.workers.notify")

CURSOR = "webhook"
LOG_CURSOR = "alert_log"
AT_ONCE = 100
LOOK_EVERY_S = 0.5
AWAY_S = 5.0
TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)
"""`read` is for the answer's whole head (stores.bounded); its body is not read."""
GIVE_UP_AFTER = 8
"""Tries of one change that is answered 4xx: the receiver will not take it."""
GIVE_UP_FAILING_AFTER = 1_000
"""Tries of one that is answered 5xx: most of a day."""


class AlertLog(Worker):
    """A line in the log for each change that pages."""

    def __init__(self, store: IngestStore) -> None:
        super().__init__("alert-log")
        self._store = store

    def step(self) -> float:
        """Log some changes; returns after how many seconds to come again."""
        try:
            changes = self._store.alert_changes_after(self._store.cursor(LOG_CURSOR), AT_ONCE)
            for change, row in changes:
                if change.pages:
                    _log(change, row)
            if changes:
                self._store.set_cursor(LOG_CURSOR, changes[-1][0].number)
        except StoreError:  # ingest's loop says so already
            return AWAY_S
        return 0.0 if len(changes) == AT_ONCE else LOOK_EVERY_S


def _log(change: AlertChange, row: AlertRow) -> None:
    log.info(
        "alert",
        extra={
            "change": change.change,
            "kind": row.kind.value,
            "severity": row.severity.value,
            "device": f"{row.community}/{row.device}",
            "compartment": row.compartment,
            "reason": change.reason,
            "alert": row.id,
        },
    )


class _Waiting(Struct):
    """A change that the webhook has not taken yet."""

    change: AlertChange
    row: AlertRow
    pace: Pace
    refused: int = 0
    failed: int = 0
    due_ms: int = 0


class _Away(Exception):
    """Nobody answers: it would be the same with the next."""


class Notifier(Worker):
    """The webhook; with an empty `url` it calls nobody.

    A change that the receiver fails at waits, and later ones go past it; the cursor stays before it.
    """

    def __init__(
        self, store: IngestStore, url: str, metrics: Metrics, clock: Clock, seed: int | None = None
    ) -> None:
        super().__init__("notifier")
        self._store = store
        self._url = url
        self._metrics = metrics
        self._steady = clock.steady
        self._random = random.Random(seed)
        self._pace = Pace(self._random)
        self._http = bounded.pool(connections=1)
        self._waiting: list[_Waiting] = []
        self._at: int | None = None
        """The last change that was looked at."""
        self._saved = 0

    def close(self) -> None:
        """Let go of the connection to the webhook."""
        self._http.clear()

    def step(self) -> float:
        """Notify of some changes; returns after how many seconds to come again."""
        try:
            if self._at is None:
                self._at = self._saved = self._store.cursor(CURSOR)
            more = self._look(self._at)
            self._call()
            self._save()
            self._pace.succeeded()
        except _Away:
            return self._pace.failed()
        except StoreError as error:
            log.warning("the store is away", extra={"why": str(error)})
            return self._pace.failed()
        return 0.0 if more else LOOK_EVERY_S

    def _look(self, at: int) -> bool:
        """Take up what is new, as far as there is room; True when there may be more."""
        room = AT_ONCE - len(self._waiting)
        changes = self._store.alert_changes_after(at, room) if room else []
        for change, row in changes:
            if change.pages and self._url:
                self._waiting.append(_Waiting(change, row, Pace(self._random)))
            self._at = change.number
        return bool(room) and len(changes) == room

    def _call(self) -> None:
        """Each whose time has come, once. Raises _Away."""
        for each in self._waiting.copy():
            if each.due_ms > self._steady():
                continue
            status = self._post(each)
            if 200 <= status < 300:
                self._metrics.webhooks.inc()
                self._waiting.remove(each)
                self._save()
                continue
            self._metrics.webhook_failures.inc()
            final = 400 <= status < 500 and status not in {408, 429}
            each.refused += final
            each.failed += not final
            if each.refused >= GIVE_UP_AFTER or each.failed >= GIVE_UP_FAILING_AFTER:
                self._waiting.remove(each)
                log.error(
                    "the webhook will not take it", extra={"number": each.change.number, "status": status}
                )
                continue
            _warn(each.change, f"HTTP {status}" if status else "no answer in time")
            each.due_ms = self._steady() + int(each.pace.failed() * 1_000)
            if not status:
                return  # it took its time already; the others' turn is the next

    def _save(self) -> None:
        """The cursor stays before the first that was not taken: after a restart those past it come again."""
        at = self._waiting[0].change.number - 1 if self._waiting else self._at
        if at is not None and at != self._saved:
            self._store.set_cursor(CURSOR, at)
            self._saved = at

    def _post(self, each: _Waiting) -> int:
        """The status of the answer, 0 when none came in time. Raises _Away when nobody is there."""
        body = msgspec.json.encode({"change": each.change, "alert": each.row})
        headers = {"Content-Type": "application/json", "User-Agent": "linli"}
        try:
            answer = self._http.request(
                "POST",
                self._url,
                body=body,
                headers=headers,
                timeout=TIMEOUT,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ProtocolError):
            return 0  # somebody took it, and failed at it: perhaps at this one alone
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._metrics.webhook_failures.inc()
            _warn(each.change, f"{type(error).__name__}: {error}")
            raise _Away from error
        answer.close()  # what it says may be endless; only its status counts
        return answer.status


def _warn(change: AlertChange, why: str) -> None:
    log.warning("the webhook did not take it", extra={"number": change.number, "why": why})
