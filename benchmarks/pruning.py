"""What a commit waits for while old events are pruned beside it.

`python -m benchmarks.pruning [folder]`. The store holds events that are past their time; commits of 100
events come some forty times a second, first without the pruner, then with it, then without.
"""

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.store_commit import START_MS
from ingest.metrics import Metrics
from ingest.settings import Settings
from ingest.workers.pruning import DAY_MS, Pruner
from linli.clock import Clock
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import EventRow
from stores.operational import OperationalStore, open_store, sqlite_url
from stores.photos import PhotoFolder

OLD, GROUP, PAUSE_S = 300_000, 100, 0.02
BODY = b'{"kind":"telemetry","seq":1,"ts":1795492800000,"compartment":"kitchen","fill_pct":40.5}'


def events(device: str, first: int, count: int, at_ms: int) -> CommitGroup:
    """A group of telemetry in a row."""
    rows = [
        EventRow("garden", device, "k3f9a2b7", seq, "telemetry", at_ms, "device_clock", at_ms, "b1", BODY)
        for seq in range(first, first + count)
    ]
    return CommitGroup(events=rows)


class Writer:
    """Commits new events, and keeps how long each commit took."""

    def __init__(self, store: OperationalStore) -> None:
        self._store = store
        self._version = store.operator_version()
        self._seq = 1

    def write(self, name: str, seconds: float) -> None:
        took, ends = [], time.perf_counter() + seconds
        while time.perf_counter() < ends:
            group = events("bin-new", self._seq, GROUP, START_MS)
            self._seq += GROUP
            began = time.perf_counter()
            self._store.commit(group, self._version)
            took.append((time.perf_counter() - began) * 1e3)
            time.sleep(PAUSE_S)
        took.sort()
        median, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
        print(f"{name:16} | {len(took):7} | {median:9.1f} | {p99:6.1f} | {took[-1]:7.1f}", flush=True)


def main() -> None:
    """Print how long commits took, and how many events went meanwhile."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        store = open_store(sqlite_url(folder))
        for first in range(1, OLD, 5_000):
            group = events("bin-old", first, 5_000, START_MS - 500 * DAY_MS)
            store.commit(group, store.operator_version())
        clock = Clock(lambda: START_MS, lambda: time.monotonic_ns() // 1_000_000)
        pruner = Pruner(Settings(data_dir=name), store, PhotoFolder(folder / "photos"), Metrics(), clock)
        writer = Writer(store)
        print("                 | commits | ms median | ms p99 | ms most")
        writer.write("without pruning", 10)
        pruner.start()
        writer.write("while pruning", 15)
        pruner.stop()
        pruner.join()
        writer.write("without pruning", 5)
        gone = sum(sort.gone for sort in pruner.sorts if sort.name == "events")
        print(f"{gone:,} of {OLD:,} old events went")
        store.close()


if __name__ == "__main__":
    main()
