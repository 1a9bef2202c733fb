"""`python -m ingest run`, `python -m ingest accept`, `python -m ingest refill`."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from ingest import app, logs
from ingest.accept import Unacceptable, accept, device_row
from ingest.clock import system_clock
from ingest.forwarding.refill import Refill, Span
from ingest.settings import Settings
from linli.errors import InvalidSetting, LinliError
from linli.inventory import DeviceType
from linli.settings import read_settings

USAGE = 2
FAILED = 1


class Interrupted(LinliError):
    """By Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0, 1 when it failed, 2 when what was asked for cannot be."""
    options = _parser().parse_args(arguments)
    try:
        toml = Path(options.config).read_text(encoding="utf-8") if options.config else ""
        settings = read_settings(Settings, os.environ, toml)
        return int(options.act(settings, options))
    except Unacceptable as error:
        print(f"ingest: {error}", file=sys.stderr)
        return USAGE
    except (LinliError, OSError) as error:
        print(f"ingest: {error}", file=sys.stderr)
        return FAILED


def _run(settings: Settings, options: argparse.Namespace) -> int:
    logs.set_up()
    if options.communities is not None:
        settings = replace(settings, communities=options.communities)
    app.run(settings)
    return 0


def _accept(settings: Settings, options: argparse.Namespace) -> int:
    with app.opened(settings, there=True) as store:
        row = device_row(
            store.inventory(),
            options.community,
            options.device,
            options.building,
            options.compartment,
            options.type,
            options.name,
        )
        note = accept(store, row)
    print(f"{row.community}/{row.id} is accepted at {row.building}{'; ' + note if note else ''}")
    return 0


def _refill(settings: Settings, options: argparse.Namespace) -> int:
    from ingest.forwarding.refill_progress import Shown  # the terminal's part; `run` needs none of it

    if options.since >= options.to:
        raise Unacceptable("--from must be before --to")
    sink = app.point_sink(settings)
    if sink is None:
        raise InvalidSetting("LINLI_INFLUXDB_URL is not set: there is nothing to write to")
    with app.opened(settings, there=True) as store, Shown() as shown:
        refill = Refill(store, sink, system_clock(), shown.show, time.sleep)
        try:
            done = refill.run(Span(options.since, options.to))
        except KeyboardInterrupt:
            raise Interrupted(f"broken off after {refill.so_far.written} points; begin again") from None
    print(f"{done.written} points written to {done.to}")
    if not done.refused:
        return 0
    print(f"ingest: {done.refused} points were refused; the last: {done.why}", file=sys.stderr)
    return FAILED


def _moment(text: str) -> int:
    """A day or a time as ms UTC; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day and no time: {error}") from error
    return int((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp() * 1_000)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--config", default="", help="settings file (TOML); LINLI_… variables win over it")
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="take messages from the broker until stopped")
    running.add_argument(
        "--communities", metavar="A,B", help="take these alone (wins over LINLI_COMMUNITIES)"
    )
    running.set_defaults(act=_run)
    accepting = commands.add_parser("accept", help="say where an unknown device stands")
    accepting.add_argument("community")
    accepting.add_argument("device")
    accepting.add_argument("--building", required=True)
    accepting.add_argument(
        "--compartment", action="append", default=[], metavar="NAME=KIND", help="k1=kitchen; may be repeated"
    )
    accepting.add_argument("--type", choices=[each.value for each in DeviceType], default="bin")
    accepting.add_argument("--name", default="")
    accepting.set_defaults(act=_accept)
    refilling = commands.add_parser("refill", help="write the points of a range of time to InfluxDB anew")
    refilling.add_argument(
        "--from",
        dest="since",
        required=True,
        type=_moment,
        metavar="TIME",
        help="2026-05-01, which begins at 00:00 UTC, or 2026-05-01T08:00+08:00",
    )
    refilling.add_argument(
        "--to", required=True, type=_moment, metavar="TIME", help="the first moment after it"
    )
    refilling.set_defaults(act=_refill)
    return parser


if __name__ == "__main__":
    sys.exit(main())
