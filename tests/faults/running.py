"""Ingest as a process of its own, and what must be true of its store at the end."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy import readiness
from deploy.process import Process
from stores.operational import OperationalStore, open_store, sqlite_url
from tests.conftest import RunningBroker
from tests.faults.bins import Bins
from tests.inventories import community_toml

NAMES = [f"bin-{i}" for i in range(1, 9)]


class Ingest:
    """`python -m ingest run` as a process of its own."""

    def __init__(self, folder: Path, broker: RunningBroker, metrics_port: int, **settings: str) -> None:
        self.folder = folder
        self.metrics_port = metrics_port
        (folder / "inventory.toml").write_text(
            community_toml(NAMES, {"kitchen": "kitchen"}), encoding="utf-8"
        )
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LINLI_")},
            "LINLI_DATA_DIR": str(folder),
            "LINLI_INVENTORY": str(folder / "inventory.toml"),
            "LINLI_BROKER_HOST": broker.host,
            "LINLI_BROKER_PORT": str(broker.port),
            "LINLI_INGEST_METRICS_PORT": str(metrics_port),
            **settings,
        }
        self.process = Process(
            "ingest", [sys.executable, "-m", "ingest", "run"], environ, folder / "ingest.log"
        )

    def start(self) -> None:
        self.process.start()
        page = f"http://127.0.0.1:{self.metrics_port}/metrics"
        self.process.wait_ready(partial(readiness.answers_ok, page), timeout_s=30)

    def kill(self) -> None:
        self.process.kill()

    @property
    def log(self) -> str:
        return self.process.tail(100_000)

    def opened(self) -> OperationalStore:
        """The store, for looking into it from here."""
        return open_store(sqlite_url(self.folder))


def wait_until(what: Callable[[], bool], timeout_s: float = 30) -> None:
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        time.sleep(0.05)


def assert_each_once(store: OperationalStore, bins: Bins) -> None:
    """Lost 0, doubled 0: every number that was given out is stored once, and so is what follows from it."""
    ledgers = {row.device: row for row in store.ledger("garden")}
    for each in bins.bins.values():
        row = ledgers[each.name]
        assert (row.received, row.dead, row.dropped) == (each.given, 0, 0)
        assert row.settled.ranges() == [(1, each.given)]
    events = store.events_after(0, bins.made + 1)
    assert len(events) == bins.made
    assert len({(e.device, e.epoch, e.seq) for e in events}) == bins.made
    deposits = sum(event.kind == "deposit" for event in events)
    assert sum(row.deposits for row in store.counts("garden", [])) == deposits
    assert store.totals()["deposits"] == deposits
