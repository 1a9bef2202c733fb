"""`python -m benchmarks`: events/s, CPU seconds per 100k events and latencies of the whole pipeline."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.load import Plan
from benchmarks.measure import Result, measure
from benchmarks.stage import influxd, stage
from deploy.errors import DeployError

DEVICES = 2_000


def main() -> int:
    """Measure every broker there is, print a table, write JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events a run (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default %(default)s)")
    parser.add_argument("--rate", type=float, default=200, help="messages/s while latency is measured")
    parser.add_argument("--json", type=Path, help="write every run there")
    arguments = parser.parse_args()
    console = Console()
    processor = platform.processor() or platform.machine()
    machine = f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"
    console.print(f"{machine}; load average before: {os.getloadavg()[0]:.2f}")
    if influxd() is None:
        console.print("no influxd on this machine: forwarding is not measured")
    results: list[Result] = []
    for kind in ("iotcore", "mosquitto"):
        try:
            for result in _runs(kind, arguments.events, arguments.repeat, arguments.rate):
                results.append(result)
                console.print(
                    f"  {kind}, {result.batch} a message: {result.events_s:,.0f} events/s", highlight=False
                )
        except DeployError as error:
            console.print(f"{kind}: not measured. {str(error).splitlines()[0]}")
    console.print(_throughput(results))
    console.print(_latency(results))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(result) for result in results], indent=1))
    return 1 if any(result.unsettled for result in results) or not results else 0


def _runs(kind: str, events: int, repeat: int, rate: float) -> Iterator[Result]:
    with stage(kind, DEVICES, influxd()) as running:
        for turn in range(repeat):
            for batch in (1, 20):
                epoch = f"bench{batch:02d}{turn:03d}"
                plan = Plan(running.site.broker_port, epoch, DEVICES, max(1, events // batch), batch)
                yield measure(running, kind, plan)
        plan = Plan(running.site.broker_port, "benchpage1", DEVICES, int(rate * 10), 1, rate)
        yield measure(running, kind, plan, watch_page=True)


def _throughput(results: list[Result]) -> Table:
    forwarding = "and forwarding" if any(result.forwarding for result in results) else "but not forwarding"
    table = Table(title=f"receipts {forwarding} included; medians (min–max)")
    for name in (
        "broker",
        "events/message",
        "events/s",
        "ingest CPU s/100k",
        "broker CPU s/100k",
        "MB ingest/broker",
    ):
        table.add_column(name, justify="left" if name == "broker" else "right")
    fast = [result for result in results if not result.page_ms]
    for broker, batch in sorted({(result.broker, result.batch) for result in fast}):
        same = [result for result in fast if (result.broker, result.batch) == (broker, batch)]
        table.add_row(
            broker,
            str(batch),
            _spread([result.events_s for result in same], ",.0f"),
            _spread([result.cpu["ingest"] for result in same], ".2f"),
            _spread([result.cpu["broker"] for result in same], ".2f"),
            f"{same[-1].memory_mb['ingest']:.0f}/{same[-1].memory_mb['broker']:.0f}",
        )
    return table


def _latency(results: list[Result]) -> Table:
    table = Table(title="one event a message, at the rate asked for, ms")
    for name in ("broker", "receipt p50", "receipt p99", "page p50", "page p99"):
        table.add_column(name, justify="left" if name == "broker" else "right")
    for result in results:
        if result.page_ms:
            figures = [
                *(result.receipt_ms[p] for p in ("p50", "p99")),
                *(result.page_ms[p] for p in ("p50", "p99")),
            ]
            table.add_row(result.broker, *(f"{value:.1f}" for value in figures))
    return table


def _spread(values: list[float], form: str) -> str:
    return f"{median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


if __name__ == "__main__":
    sys.exit(main())
