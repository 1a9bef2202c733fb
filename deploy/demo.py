"""`make demo`: a simulated neighbourhood against the real linli; at the end the truth beside the answers."""

import argparse
import contextlib
import math
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.console import Console

from deploy import parts, ports, report, stage, stopping, truth
from deploy.broker import KINDS, USUAL_PORT, choose
from deploy.comparison import compare, passed, verdicts
from deploy.drain import counted, drained
from deploy.errors import DeployError
from deploy.process import ROOT
from deploy.serve import API_PORT
from deploy.supervisor import Supervisor

# The simulator itself waits 30 s for its last receipts.
SIMULATOR_ENDS_S = 45.0
NOT_DRAINED = 3
WATCH_S = 0.2
# How often a demo that lost a port as it started tries other ports.
OTHER_PORTS = 3
INTERRUPTED = 130

Watch = Callable[[Supervisor], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=_seconds, help="stop by itself and compare; else it runs until Ctrl-C"
    )
    parser.add_argument("--photos", type=Path, help="real photos: a folder or tar with labels")
    parser.add_argument(
        "--influxdb-url", default="", help="also write to this time-series store, and count there"
    )
    parser.add_argument(
        "--database-url",
        default="",
        help="keep it in this empty database (postgresql+psycopg://…), not SQLite",
    )
    parser.add_argument("--broker", choices=KINDS, default="auto")
    parser.add_argument("--broker-port", type=int, help="else 1883, or a free one where it is taken; 0: any")
    parser.add_argument("--api-port", type=int, help="else 8000, or a free one where it is taken; 0: any")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bins", type=int)
    parser.add_argument("--households", type=int)
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / "var" / "demo", help="each demo gets a folder in it"
    )
    parser.set_defaults(run=run)


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")


def run(options: argparse.Namespace, during: Watch = Supervisor.watch) -> int:
    """Returns the exit status: 0 when all that decides is equal.

    `during` is called some times a second while the simulator lives. Raises DeployError when it cannot run.
    """
    console = Console(highlight=False)
    with stopping.on_signals():
        demo = Demo(options, console)
        try:
            demo.open()
            demo.play(during)
            return demo.close()
        except KeyboardInterrupt:
            console.print("stopped")
            return INTERRUPTED
        finally:
            with stopping.undisturbed():
                demo.stop()


class Demo:
    """One demo, from the first broker to the last table."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self._options = options
        self._console = console
        self._supervisor = Supervisor(console.print)
        self._set()

    def _set(self) -> None:
        self._on = stage.stage(self._options, datetime.now().astimezone())
        self._simulator = stage.simulator(self._options, self._on)

    def open(self) -> None:
        """Starts everything and says where the dashboard is. Raises DeployError."""
        for _ in range(OTHER_PORTS):
            try:
                return self._open()
            except DeployError:
                self._supervisor.stop()
                if all(map(ports.is_free, self._on.site.ports)):
                    raise  # it was not that another program took one of our ports as we started
                self._console.print("another program took a port meanwhile; taking others")
                self._set()
        return self._open()

    def _open(self) -> None:
        site, environ = self._on.site, self._on.environ
        broker = choose(self._options.broker)
        with self._console.status("starting the broker, ingest and the API"):
            self._supervisor.start(parts.broker(site, broker))
            stage.write_inventory(self._options, self._on)
            self._supervisor.start(parts.ingest(site, environ), parts.api(site, environ))
        if self._on.api.totals().events:
            raise DeployError("the database of --database-url is not empty: it could not be compared with")
        page = ports.elsewhere(site.api_port, API_PORT)
        mqtt = ports.elsewhere(site.broker_port, USUAL_PORT)
        self._console.print(f"Dashboard  [bold]{site.api_url}/[/bold]{page}")
        self._console.print(f"Broker     mqtt://{site.broker_host}:{site.broker_port} ({broker.kind}){mqtt}")
        self._console.print(f"Data, logs {site.data_dir}")
        self._simulator.start()

    def play(self, during: Watch) -> None:
        """Watches while the simulator lives. Ctrl-C asks it to finish; once more leaves at once."""
        with report.Progress(self._console, self._options.seconds) as progress:
            try:
                self._watch(during, progress, until_s=None)
            except KeyboardInterrupt:
                progress.say("asking the bins to finish; Ctrl-C once more leaves at once")
                self._simulator.ask_to_end()
                self._watch(during, progress, until_s=time.monotonic() + SIMULATOR_ENDS_S)
        status = self._simulator.exit_status
        if status not in {0, NOT_DRAINED}:
            raise DeployError(f"the simulator ended with status {status}.\n{self._simulator.tail()}")

    def _watch(self, during: Watch, progress: report.Progress, until_s: float | None) -> None:
        while self._simulator.running and (until_s is None or time.monotonic() < until_s):
            during(self._supervisor)
            progress.show(self._on.api)
            time.sleep(WATCH_S)

    def close(self) -> int:
        """Waits until the pipeline is quiet, and prints the answers beside the truth."""
        on, console = self._on, self._console
        happened = truth.read(on.truth_file)
        if self._simulator.exit_status == NOT_DRAINED:
            console.print("[yellow]some bins still hold events without a receipt[/yellow]")
        with console.status("waiting until everything is stored and written"):
            answers = drained(
                on.api, happened.community, self._supervisor.watch, forwarding=on.series is not None
            )
            lines = compare(happened, answers)
            if on.series is not None:
                lines += counted(on.series, happened, answers)
        report.table(console, lines)
        report.verdict_line(console, happened, verdicts(happened, answers))
        report.compliance(console, happened, on.api.compliance(happened.community))
        if passed(lines):
            return 0
        console.print(f"[red]The answers differ from the truth.[/red] Logs: {on.site.data_dir / 'logs'}")
        return 1

    def stop(self) -> None:
        """Nothing of it runs afterwards."""
        self._simulator.stop(grace_s=2.0)
        self._supervisor.stop()
