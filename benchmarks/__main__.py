"""`python -m benchmarks [ROW…]`: the rows of docs/benchmarks.md with their spread; all, or those named."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, as_json, table
from benchmarks.rows import devices, history, latency, overload, peers, photos, refused, throughput
from benchmarks.rows.options import Options
from deploy.errors import DeployError

WIDTH = 160
"""A row of a table is a line, also in a log."""

Row = Callable[[Options], Iterator[Figure]]
ROWS: dict[str, Row] = {
    "throughput": throughput.run,
    "peers": peers.run,
    "latency": latency.run,
    "photos": photos.run,
    "refused": refused.run,
    "devices": devices.run,
    "overload": overload.run,
    "history": history.run,
}


def main() -> int:
    """Measure, print a table a row, write JSON if asked. 1 when a row could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all without")
    parser.add_argument("--events", type=int, default=100_000, help="events a run (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each case (default %(default)s)")
    parser.add_argument(
        "--seconds", type=int, default=300, help="length of the overload (default %(default)s)"
    )
    parser.add_argument("--devices", type=int, default=2_000, help="devices that speak (default %(default)s)")
    parser.add_argument(
        "--many", type=int, default=100_000, help="devices of the row `devices` (default %(default)s)"
    )
    parser.add_argument("--history", type=int, default=1, help="millions of events to grow to, up to 100")
    parser.add_argument("--node-red", action="store_true", help="install Node-RED from npm, and measure it")
    parser.add_argument("--json", type=Path, help="write every value there")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in ROWS]
    if unknown:
        parser.error(f"{unknown[0]!r} is no row; there are {', '.join(ROWS)}")
    options = Options(
        events=arguments.events,
        repeat=arguments.repeat,
        seconds=arguments.seconds,
        devices=arguments.devices,
        many=arguments.many,
        history=arguments.history,
        node_red=arguments.node_red,
    )
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    console.print(f"{machine}; load average before: {os.getloadavg()[0]:.2f}")
    measured: dict[str, list[Figure]] = {}
    failed = False
    for name in arguments.rows or ROWS:
        try:
            measured[name] = list(ROWS[name](options))
        except DeployError as error:
            failed = True
            console.print(f"{name}: not measured. {error}")
            continue
        console.print(table(name, measured[name]))
    if arguments.json:
        found = {"machine": machine, "rows": {name: as_json(figures) for name, figures in measured.items()}}
        arguments.json.write_text(json.dumps(found, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
