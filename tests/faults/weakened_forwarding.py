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
    from linli.errors import HistoryUnavailable

    def make(write: Callable[..., Any]) -> Callable[..., Any]:
        def hopeful(posting: Any, first: int, last: int) -> Any:
            try:
                return write(posting, first, last)
            except HistoryUnavailable:
                return None

        return hopeful

    seams.replace("ingest.forwarding.posting:Posting.events", make)


@weak(
    "points bear the time of their writing",
    "ingest",
    Fault("ingest killed", stage="forwarded", passage=1),
    by=("points: ",),
    influxdb=True,
)
def _stamps_anew() -> None:
    def make(write: Callable[..., Any]) -> Callable[..., Any]:
        def stamps(sink: Any, lines: bytes) -> Any:
            said = [line.rpartition(b" ")[0] for line in lines.split(b"\n")]
            return write(sink, b"\n".join(b"%b %d" % (each, time.time_ns()) for each in said))

        return stamps

    seams.replace("stores.influxdb.store:InfluxDB.write_text", make)


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
