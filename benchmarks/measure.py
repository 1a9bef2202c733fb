"""One measurement: a load against a stage, CPU and memory of every process, and the way to the page."""

import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any

from benchmarks.cpu import cpu_seconds, memory_mb
from benchmarks.device import COMMUNITY
from benchmarks.load import Plan
from benchmarks.stage import Stage
from deploy.process import ROOT, Process

LOAD_WITHIN_S = 3_600


@dataclass(frozen=True, slots=True)
class Result:
    """Of one run. CPU in seconds per 100,000 events; latencies sorted, ms; `seconds` until all settled."""

    events: int
    unsettled: int
    seconds: float
    drained_s: float
    cpu: dict[str, float]
    memory_mb: dict[str, float]
    receipt_ms: list[float]
    forward_s: float | None = None

    @property
    def events_s(self) -> float:
        return self.events / self.seconds


def measure(stage: Stage, plan: Plan) -> Result:
    """Run `plan` against `stage`."""
    with counting(stage.processes) as spent:
        answer = run_load(plan)
        forward_s = _wait_forwarded(stage, time.monotonic()) if stage.influxdb_url else None
    hundred_thousands = plan.events / 100_000
    cpu = {name: seconds / hundred_thousands for name, seconds in spent.items()}
    return Result(
        events=plan.events,
        unsettled=answer["unsettled"],
        seconds=answer["seconds"],
        drained_s=answer["drained_s"],
        cpu=cpu | {"load": answer["cpu_s"] / hundred_thousands},
        memory_mb={name: memory_mb(process.pid) for name, process in stage.processes.items()},
        receipt_ms=answer["latencies_ms"],
        forward_s=forward_s,
    )


@contextmanager
def counting(processes: dict[str, Process]) -> Iterator[dict[str, float]]:
    """CPU seconds of each process in the block; the dictionary is filled at its end."""
    before = {name: cpu_seconds(process.pid) for name, process in processes.items()}
    spent: dict[str, float] = {}
    yield spent
    spent |= {name: cpu_seconds(process.pid) - before[name] for name, process in processes.items()}


def percentile(values: Sequence[float], share: int) -> float:
    """Of sorted values, by nearest rank."""
    return values[min(len(values) - 1, len(values) * share // 100)]


def run_load(plan: Plan) -> dict[str, Any]:
    """The load's own account of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asdict(plan), file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", file.name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=LOAD_WITHIN_S,
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


class Page:
    """Reads the event stream as a browser would, and notes how old each new alert is as it comes."""

    def __init__(self, api_url: str) -> None:
        self._response: IO[bytes] = urllib.request.urlopen(
            f"{api_url}/api/v1/stream?community={COMMUNITY}", timeout=30
        )
        self._ages_ms: list[float] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self._response:
                if line.startswith(b"data:") and b'"fired_ms"' in line and b'"firing"' in line:
                    self._ages_ms.append(1000 * time.time() - json.loads(line[5:])["fired_ms"])
        except (OSError, ValueError):  # closed, or cut in the middle of a line as it closed
            return

    def close(self) -> list[float]:
        """Sorted, ms."""
        time.sleep(1.0)  # what is on its way still counts
        return sorted(self._ages_ms)
