"""`python -m edge bin --config edge.toml`, `python -m edge camera --config edge.toml`."""

import argparse
import logging
import os
import random
import signal
import sys
from pathlib import Path

from linli.errors import InvalidSetting, LinliError


def main() -> int:
    """Run until SIGTERM or SIGINT. Exit status 2 for a wrong setting."""
    parser = argparse.ArgumentParser(prog="python -m edge", description="One smart bin, or one camera.")
    parser.add_argument("kind", choices=["bin", "camera"])
    parser.add_argument("--config", type=Path, help="edge.toml; LINLI_… in the environment goes over it")
    arguments = parser.parse_args()
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))

    from edge.assembly import open_device
    from edge.clock import system_clock
    from edge.settings import read_edge_settings

    try:
        settings = read_edge_settings(os.environ, _read(arguments.config))
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        # Jitter wants devices that start alike to differ, so the seed is the machine's own.
        device = open_device(arguments.kind, settings, system_clock(), random.Random())
    except LinliError as error:
        print(f"edge: {error}", file=sys.stderr)
        return 2
    device.run(lambda: bool(stopping))
    return 0


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"--config {path} cannot be read: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
