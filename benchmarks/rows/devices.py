"""Many devices (`--many`): the memory of their presence and rule state, and how long a restart takes."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

from benchmarks.cpu import memory_mb
from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import measure
from benchmarks.rows.options import Options
from benchmarks.stage import Stage, stage
from stores.operational import open_store, sqlite_url

READY_WITHIN_S = 120


def run(options: Options) -> Iterator[Figure]:
    """Each has sent a few readings; then ingest is ended and started again."""
    many, case = options.many, f"{options.many:,} devices"
    with stage(many) as running:
        result = measure(running, Plan(running.site.broker_port, "many00001", many, 3 * many, 3))
        yield Figure(case, "memory of ingest", "MB", (result.memory_mb["ingest"],), "≤ 512")
        took = tuple(_restart(running, many) for _ in range(options.repeat))
        yield Figure(case, "restart until their state is known", "s", took, "≤ 10")
        memory = memory_mb(running.processes["ingest"].pid)
        yield Figure(case, "memory of ingest after it", "MB", (memory,), "≤ 512")


def _restart(running: Stage, many: int) -> float:
    """Seconds from the start of the process until it says that it knows them all."""
    ingest = running.processes["ingest"]
    ingest.stop()
    with closing(open_store(sqlite_url(running.site.data_dir))) as store:
        began, began_ms = time.monotonic(), time.time() * 1000
        ingest.start()
        while time.monotonic() - began < READY_WITHIN_S:
            body, at_ms = store.reports()["ingest"]
            if at_ms >= began_ms and json.loads(body)["devices"] >= many:
                break
            time.sleep(0.05)
    return time.monotonic() - began
