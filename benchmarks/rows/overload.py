"""Ten times the load for minutes: the memory of ingest and broker, what is lost, how long it takes to drain.

The load is 1,000 events/s of devices that obey the contract: what their windows do not let out waits in them,
and goes out in batches.
"""

import threading
from collections.abc import Iterator

from benchmarks.cpu import resident_mb
from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import measure
from benchmarks.rows.options import Options
from benchmarks.stage import Stage, stage

CALM, TIMES = 1_000, 10
BATCH = 20


def run(options: Options) -> Iterator[Figure]:
    """Memory is looked at every second, and its later half held against its earlier one."""
    with stage(options.devices) as running:
        measure(running, Plan(running.site.broker_port, "warmup001", options.devices, 20_000, BATCH))
        watch = _Watch(running)
        rate = CALM * TIMES
        plan = Plan(
            running.site.broker_port, "tentimes1", options.devices, rate * options.seconds, BATCH, rate
        )
        result = measure(running, plan)
        watch.close()
    case = f"{rate:,} events/s for {options.seconds} s"
    yield Figure(case, "without a receipt", "messages", (float(result.unsettled),), "0")
    yield Figure(case, "drained after", "s", (result.drained_s,), f"≤ {options.seconds}")
    for process, seen in watch.seen.items():
        early, late = seen[: len(seen) // 2], seen[len(seen) // 2 :]
        yield Figure(case, f"memory of {process}", "MB", tuple(seen))
        yield Figure(
            case, f"memory of {process}, more in the later half", "MB", (max(late) - max(early),), "flat"
        )


class _Watch:
    def __init__(self, running: Stage) -> None:
        self._pids = {name: running.processes[name].pid for name in ("ingest", "broker")}
        self.seen: dict[str, list[float]] = {name: [] for name in self._pids}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ends.wait(1.0):
            for name, pid in self._pids.items():
                self.seen[name].append(resident_mb(pid))

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
