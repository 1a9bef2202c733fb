"""`python -m benchmarks.forwarding`: what forwarding to InfluxDB adds to ingest's own CPU.

Two ingests on two mosquittos, one of which forwards to a real InfluxDB, get the same load in turn; what
it takes until all is written counts.
"""

import argparse
import sys
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import DEVICES
from benchmarks.load import Plan
from benchmarks.measure import Result, measure
from benchmarks.stage import Stage, influxd, stage


def main() -> int:
    """Measure in turn, print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forwarding", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events a run (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default %(default)s)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 20], help="events a message")
    arguments = parser.parse_args()
    console = Console()
    if influxd() is None:
        console.print("no influxd on this machine")
        return 1
    found: dict[tuple[int, bool], list[Result]] = {}
    with stage("mosquitto", DEVICES, None) as without, stage("mosquitto", DEVICES, influxd()) as with_it:
        for turn in range(arguments.repeat):
            for batch in arguments.batches:
                for running in (without, with_it):
                    result = _run(running, turn, batch, arguments.events)
                    found.setdefault((batch, result.forwarding), []).append(result)
                    console.print(
                        f"  {batch} a message, {'forwarding' if result.forwarding else 'alone'}:"
                        f" ingest {result.cpu['ingest']:.2f} CPU s/100k, {result.events_s:,.0f} events/s",
                        highlight=False,
                    )
    console.print(_table(found, arguments.batches))
    return 1 if any(one.unsettled or _behind(one) for same in found.values() for one in same) else 0


def _run(running: Stage, turn: int, batch: int, events: int) -> Result:
    epoch = f"fwd{batch:02d}{turn:03d}"
    plan = Plan(running.site.broker_port, epoch, DEVICES, max(1, events // batch), batch)
    return measure(running, "mosquitto", plan)


def _behind(result: Result) -> bool:
    return result.forwarding and result.forward_s is None


def _table(found: dict[tuple[int, bool], list[Result]], batches: list[int]) -> Table:
    table = Table(title="ingest's CPU s per 100k events, medians; InfluxDB's own beside it")
    for name in ("events/message", "alone", "forwarding", "growth", "InfluxDB"):
        table.add_column(name, justify="right")
    for batch in batches:
        alone, both = (median(one.cpu["ingest"] for one in found[batch, way]) for way in (False, True))
        influx = median(one.cpu.get("influxdb", 0.0) for one in found[batch, True])
        table.add_row(str(batch), f"{alone:.2f}", f"{both:.2f}", f"{both / alone - 1:+.0%}", f"{influx:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
