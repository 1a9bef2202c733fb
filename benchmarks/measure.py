"""One measurement: a load against a stage, CPU of every process, and the way to the page."""

import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from typing import IO, Any

from benchmarks.cpu import cpu_seconds, memory_mb
from benchmarks.load import COMMUNITY, Plan
from benchmarks.stage import Stage
from deploy.process import ROOT


@dataclass(frozen=True, slots=True)
class Result:
    """Of one run. CPU in seconds per 100,000 events; latencies in ms; `events_s` until all was settled."""

    broker: str
    batch: int
    forwarding: bool
    events: int
    unsettled: int
    seconds: float
    events_s: float
    cpu: dict[str, float]
    memory_mb: dict[str, float]
    receipt_ms: dict[str, float]
    page_ms: dict[str, float]
    forward_s: float | None


def measure(stage: Stage, broker: str, plan: Plan, *, watch_page: bool = False) -> Result:
    """Run `plan` against `stage`; with `watch_page` the API's stream is read beside it."""
    before = {name: cpu_seconds(process.pid) for name, process in stage.processes.items()}
    page = _Page(stage.site.api_url) if watch_page else None
    answer = _run_load(plan)
    settled_at = time.monotonic()
    forward_s = _wait_forwarded(stage, settled_at) if stage.influxdb_url else None
    events = plan.messages * plan.batch
    cpu = {
        name: (cpu_seconds(process.pid) - before[name]) * 100_000 / events
        for name, process in stage.processes.items()
    }
    cpu["load"] = answer["cpu_s"] * 100_000 / events
    return Result(
        broker=broker,
        batch=plan.batch,
        forwarding=bool(stage.influxdb_url),
        events=events,
        unsettled=answer["unsettled"],
        seconds=answer["seconds"],
        events_s=events / answer["seconds"],
        cpu=cpu,
        memory_mb={name: memory_mb(process.pid) for name, process in stage.processes.items()},
        receipt_ms=percentiles(answer["latencies_ms"]),
        page_ms=percentiles(page.close()) if page else {},
        forward_s=forward_s,
    )


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p99 and the largest of sorted values; empty for none."""
    if not values:
        return {}
    return {
        "p50": values[len(values) // 2],
        "p99": values[min(len(values) - 1, len(values) * 99 // 100)],
        "max": values[-1],
    }


def _run_load(plan: Plan) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asdict(plan), file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", file.name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=600,
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _wait_forwarded(stage: Stage, since: float) -> float | None:
    """Seconds until the time-series store had everything too; None when it did not within two minutes."""
    while time.monotonic() - since < 120:
        with urllib.request.urlopen(f"{stage.site.api_url}/api/v1/totals", timeout=10) as response:
            if json.load(response)["forward_lag"] == 0:
                return time.monotonic() - since
        time.sleep(0.1)
    return None


class _Page:
    """Reads the event stream as a browser would, and notes how old each level is as it comes."""

    def __init__(self, api_url: str) -> None:
        self._response: IO[bytes] = urllib.request.urlopen(
            f"{api_url}/api/v1/stream?community={COMMUNITY}", timeout=30
        )
        self._ages_ms: list[float] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self._response:
                if line.startswith(b"data:") and b'"channels"' in line:
                    self._ages_ms.append(1000 * time.time() - json.loads(line[5:])["at_ms"])
        except (OSError, ValueError):  # closed, or cut in the middle of a line as it closed
            return

    def close(self) -> list[float]:
        time.sleep(1.0)  # what is on its way still counts
        return sorted(self._ages_ms)
