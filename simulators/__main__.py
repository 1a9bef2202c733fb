"""`python -m simulators inventory …`, `python -m simulators run …`; `--help` says the rest."""

import argparse
import logging
import sys
from pathlib import Path

from rich.console import Console
from rich.logging import RichHandler

from linli.errors import LinliError
from simulators.inventory import inventory_toml
from simulators.neighbourhood import PROFILES, found

DEFAULT_SPEED = 1440.0
"""A day in a minute."""


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, 2 for what cannot be done as asked, 3 when outboxes were not drained."""
    options = parser().parse_args(arguments)
    console = Console(highlight=False)
    _log(console, options.log_level)
    try:
        status: int = options.run(options, console)
    except (LinliError, ValueError, OSError) as error:
        logging.getLogger(__name__).debug("the whole of it", exc_info=True)
        print(f"simulators: {error}", file=sys.stderr)
        return 2
    return status


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    whole = argparse.ArgumentParser(
        prog="python -m simulators", description="A seeded virtual neighbourhood."
    )
    commands = whole.add_subparsers(required=True, metavar="inventory|run")
    inventory = commands.add_parser("inventory", help="write who is where, as ingest reads it")
    _neighbourhood(inventory)
    inventory.add_argument("--out", type=Path, required=True, help="where inventory.toml goes")
    inventory.set_defaults(run=_inventory)
    run = commands.add_parser("run", help="let it live, on real devices")
    _neighbourhood(run)
    run.add_argument("--speed", type=_positive, default=DEFAULT_SPEED, help="simulated seconds in a real one")
    run.add_argument("--seconds", type=_positive, help="stop by itself after so long (real seconds)")
    run.add_argument("--broker-host", default="127.0.0.1")
    run.add_argument("--broker-port", type=int, default=1883)
    run.add_argument("--data", type=Path, default=Path("var/simulator"), help="folder of the outboxes")
    run.add_argument("--truth", type=Path, required=True, help="where the truth file goes")
    run.add_argument("--photos", type=Path, help="real photos: a folder or tar, <label>/<name>.jpg")
    run.add_argument(
        "--duplicate",
        type=_share,
        default=0.0,
        metavar="P",
        help="send what is settled again, so often (0..1)",
    )
    run.add_argument(
        "--offline", type=_positive, default=0.0, metavar="S", help="a bin loses its network for S seconds"
    )
    run.add_argument(
        "--malformed",
        type=_share,
        default=0.0,
        metavar="P",
        help="garbage beside what is good, so often (0..1)",
    )
    run.set_defaults(run=_run)
    return whole


def _neighbourhood(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--bins", type=int, default=12)
    command.add_argument("--households", type=int, default=120)
    command.add_argument("--profile", choices=PROFILES, default=PROFILES[0])
    command.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"], default="WARNING")


def _inventory(options: argparse.Namespace, _: Console) -> int:
    place = found(options.seed, options.bins, options.households, options.profile)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(inventory_toml(place), encoding="utf-8")
    return 0


def _run(options: argparse.Namespace, console: Console) -> int:
    from simulators.run import run  # `inventory` need not wait for the classifier to be loaded

    return run(options, console)


def _log(console: Console, level: str) -> None:
    if console.is_terminal:  # a live line is on the screen, and log lines go above it
        logging.basicConfig(level=level, format="%(message)s", handlers=[RichHandler(console=console)])
    else:
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..1")
    return value


if __name__ == "__main__":
    sys.exit(main())
