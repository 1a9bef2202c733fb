"""The history grows: what an event and a page of the API cost beside it, at 1 million events and at more."""

import time
import urllib.request
from collections.abc import Iterator

from benchmarks.device import COMMUNITY, device_name
from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import counting, measure, run_load
from benchmarks.rows.options import Options
from benchmarks.stage import Stage, stage

MILLION = 1_000_000
STEPS = (1, 10, 100)
"""Millions of events."""
BATCH = 20
ASKED = 10
DEVICE = device_name(7)
PAGES = {
    "the overview": f"/?community={COMMUNITY}",
    "a device's page": f"/devices/{COMMUNITY}/{DEVICE}",
    "the ledger": f"/api/v1/ledger?community={COMMUNITY}",
    "a channel over time": f"/api/v1/telemetry?community={COMMUNITY}&device={DEVICE}&channel=fill_pct",
}


def run(options: Options) -> Iterator[Figure]:
    """At 1, 10 and 100 million events, as far as `options.history` millions, and there."""
    steps = [*(step for step in STEPS if step < options.history), options.history]
    with stage(options.devices) as running:
        stored = 0
        for step in steps:
            events = step * MILLION - stored
            run_load(Plan(running.site.broker_port, f"grow{step:04d}", options.devices, events, BATCH))
            stored += events
            yield from _at(f"{step} million events", f"look{step:04d}", running, options)
            stored += options.events


def _at(case: str, epoch: str, running: Stage, options: Options) -> Iterator[Figure]:
    result = measure(running, Plan(running.site.broker_port, epoch, options.devices, options.events, BATCH))
    yield Figure(case, "CPU of ingest", "s/100k", (result.cpu["ingest"],), "level")
    for name, path in PAGES.items():
        with counting({"api": running.processes["api"]}) as spent:
            took = tuple(_ask(f"{running.site.api_url}{path}") for _ in range(ASKED))
        yield Figure(case, f"{name}, time", "ms", took, "level")
        yield Figure(case, f"{name}, CPU of the API", "ms", (1000 * spent["api"] / ASKED,), "level")


def _ask(url: str) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read()
    return 1000 * (time.monotonic() - began)
