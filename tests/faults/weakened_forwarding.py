"""Forwarders that are weakened."""

import time
from collections.abc import Callable
from typing import Any

from tests.faults import seams
from tests.faults.plan import Fault
from tests.faults.weakness import weak


@weak(
    "forgets the cursor",
    "ingest",
    Fault("InfluxDB away", 0.2),
    Fault("ingest killed anywhere", 0.5),
    by=("points: ",),
    influxdb=True,
)
def _forgets() -> None:
    """After a restart it goes on with what is new."""
    from linli.ports.forwarding import FORWARD_CURSOR

    def make(cursor: Callable[..., Any]) -> Callable[..., Any]:
        return lambda store, name: store.newest_event() if name == FORWARD_CURSOR else cursor(store, name)

    seams.replace("stores.operational:OperationalStore.cursor", make)


@weak(
    "moves the cursor past what was not written",
    "ingest",
    Fault("InfluxDB away", 0.4),
    by=("points: ",),
    influxdb=True,
)
def _moves_on() -> None:
    from ingest.forwarding.delivery import Outcome
    from linli.errors import HistoryUnavailable

    def make(write: Callable[..., Any]) -> Callable[..., Any]:
        def hopeful(delivery: Any, points: Any) -> Any:
            try:
                return write(delivery, points)
            except HistoryUnavailable:
                return Outcome([], [])

        return hopeful

    seams.replace("ingest.forwarding.delivery:Delivery.write", make)


@weak(
    "points bear the time of their writing",
    "ingest",
    Fault("ingest killed", stage="forwarded", passage=1),
    by=("points: ",),
    influxdb=True,
)
def _stamps_anew() -> None:
    seams.replace("linli.points:point_time", lambda _: lambda *_: time.time_ns())


@weak(
    "takes a failed call for a made one",
    "ingest",
    Fault("webhook fails", 0.4),
    by=("called: ",),
    webhook=True,
)
def _calls_once() -> None:
    def make(post: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *about: post(*about) and 204

    seams.replace("ingest.workers.notify:Notifier._post", make)


@weak(
    "a webhook that is away is passed over",
    "ingest",
    Fault("webhook away", 0.2),
    by=("called: ",),
    webhook=True,
)
def _passes_over() -> None:
    from ingest.workers import notify

    def make(post: Callable[..., Any]) -> Callable[..., Any]:
        def hopeful(*about: Any) -> int:
            try:
                return int(post(*about))
            except notify._Away:
                return 204

        return hopeful

    seams.replace("ingest.workers.notify:Notifier._post", make)
