"""`python -m deploy demo | serve | broker`."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from deploy import broker, demo, ports, serve
from linli.errors import LinliError


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; `--help` says the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"linli: {message.removeprefix('argument ')}\n")


def arguments() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m deploy", description="Starts the parts of linli together.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo.add_arguments(commands.add_parser("demo", help="a simulated neighbourhood and its dashboard"))
    serve.add_arguments(commands.add_parser("serve", help="broker, ingest and API for real bins"))
    alone = commands.add_parser("broker", help="only the broker")
    alone.add_argument("--kind", choices=broker.KINDS, default="auto")
    alone.add_argument("--port", type=int, default=broker.USUAL_PORT)
    alone.add_argument("--data-dir", type=Path, default=Path("var/broker"))
    alone.set_defaults(run=run_broker)
    return parser


def run_broker(options: argparse.Namespace) -> NoReturn:
    port = ports.pick(options.port, demanded=options.port)
    broker.become(broker.choose(options.kind), port, options.data_dir)


def main() -> int:
    options = arguments().parse_args()
    try:
        status: int = options.run(options)
    except LinliError as error:
        print(f"linli: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
