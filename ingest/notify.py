"""Who is called: each change of an alert that pages becomes a log line and, where one is set, a webhook.

Each has a thread of its own with a cursor over the stored changes: a webhook that is away is tried again from
where it stopped, nothing waits for it, and no line of the log either. At least once: `id` and `state` tell a
repeat.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import asdict

import msgspec
import urllib3

from ingest.metrics import Metrics
from ingest.pace import Pace
from ingest.worker import Worker
from linli.errors import StoreError
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.operational import IngestStore
from stores import bounded

log = logging.getLogger("ingest.notify")

CURSOR = "webhook"
LOG_CURSOR = "alert_log"
AT_ONCE = 100
LOOK_EVERY_S = 0.5
AWAY_S = 5.0
TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)
"""`read` is for the answer's whole head (stores.bounded); its body is not read."""
GIVE_UP_AFTER = 8
"""Answers of 4xx: the receiver will not take this one, and the others must not wait for it."""


class AlertLog(Worker):
    """A line in the log for each change that pages. Runs until `stop`."""

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


class Notifier(Worker):
    """The webhook. Runs until `stop`; with an empty `url` it calls nobody."""

    def __init__(
        self,
        store: IngestStore,
        url: str,
        metrics: Metrics,
        clock: Callable[[], int],
        seed: int | None = None,
    ) -> None:
        super().__init__("notifier")
        self._store = store
        self._url = url
        self._metrics = metrics
        self._clock = clock
        self._pace = Pace(random.Random(seed))
        self._http = bounded.pool(connections=1)
        self._refusals = 0

    def close(self) -> None:
        """Let go of the connection to the webhook."""
        self._http.clear()

    def step(self) -> float:
        """Notify of some changes; returns after how many seconds to come again."""
        try:
            at = self._store.cursor(CURSOR)
            changes = self._store.alert_changes_after(at, AT_ONCE)
            for change, row in changes:
                if change.pages and self._url and not self._post(change, row):
                    return self._pace.failed()
                self._store.set_cursor(CURSOR, change.number)
                self._pace.succeeded()
        except StoreError as error:
            log.warning("the store is away", extra={"why": str(error)})
            return self._pace.failed()
        return 0.0 if len(changes) == AT_ONCE else LOOK_EVERY_S

    def _post(self, change: AlertChange, row: AlertRow) -> bool:
        """True when nobody is left to be told of this change."""
        body = msgspec.json.encode({"change": asdict(change), "alert": asdict(row)})
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
            status = answer.status
            answer.close()  # what it says may be endless; only its status counts
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return self._failed(change, f"{type(error).__name__}: {error}")
        if 200 <= status < 300:
            self._refusals = 0
            self._metrics.webhooks.inc()
            return True
        if 400 <= status < 500 and status not in {408, 429}:
            self._refusals += 1
            if self._refusals >= GIVE_UP_AFTER:
                self._refusals = 0
                log.error("the webhook will not take it", extra={"number": change.number, "status": status})
                return True
        return self._failed(change, f"HTTP {status}")

    def _failed(self, change: AlertChange, why: str) -> bool:
        self._metrics.webhook_failures.inc()
        log.warning("the webhook did not take it", extra={"number": change.number, "why": why})
        return False
