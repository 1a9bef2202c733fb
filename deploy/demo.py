"""`make demo`: a simulated neighbourhood against the real linli; at the end the truth beside the answers."""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from deploy import parts, ports, report, stopping, truth
from deploy.answers import Api
from deploy.broker import KINDS, USUAL_PORT, choose
from deploy.comparison import compare, passed, verdicts
from deploy.drain import counted, drained
from deploy.errors import DeployError
from deploy.parts import Site
from deploy.process import ROOT, Process
from deploy.serve import API_PORT
from deploy.supervisor import Supervisor
from deploy.timeseries import TimeSeries

# A day in a minute, when nobody says how long it may take.
SPEED = 1440.0
DAY_S = 86_400.0
# The simulator itself waits 30 s for its last receipts.
SIMULATOR_ENDS_S = 45.0
NOT_DRAINED = 3
WATCH_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, help="stop by itself and compare; else it runs until Ctrl-C")
    parser.add_argument("--photos", type=Path, help="real photos: a folder or tar with labels")
    parser.add_argument(
        "--influxdb-url", default="", help="also write to this time-series store, and count there"
    )
    parser.add_argument("--broker", choices=KINDS, default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bins", type=int)
    parser.add_argument("--households", type=int)
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Stage:
    """One demo: where it runs, and how its parts are asked."""

    site: Site
    environ: dict[str, str]
    api: Api
    series: TimeSeries | None

    @property
    def truth_file(self) -> Path:
        return self.site.data_dir / "truth.json"


def stage(options: argparse.Namespace, now: datetime) -> Stage:
    """A fresh data directory and free ports. Raises DeployError when the photos are not there."""
    if options.photos is not None and not options.photos.exists():
        raise DeployError(f"the photos {options.photos} are not there")
    data_dir = ROOT / "var" / "demo" / now.strftime("%Y%m%d-%H%M%S-%f")
    data_dir.mkdir(parents=True)
    site = Site(
        data_dir,
        data_dir / "inventory.toml",
        broker_port=ports.pick(USUAL_PORT),
        api_port=ports.pick(API_PORT),
        metrics_port=ports.pick(0),
    )
    environ = site.environ()
    # A demo is a world of its own: what a person set for their own bins must not reach it.
    for name in ("LINLI_DATABASE_URL", "LINLI_WEBHOOK_URL", "LINLI_BROKER_USERNAME", "LINLI_BROKER_PASSWORD"):
        environ.pop(name, None)
    environ["LINLI_INFLUXDB_URL"] = options.influxdb_url
    series = None
    if options.influxdb_url:
        bucket = environ.get("LINLI_INFLUXDB_BUCKET") or "linli"
        series = TimeSeries(options.influxdb_url, environ.get("LINLI_INFLUXDB_TOKEN", ""), bucket)
    return Stage(site, environ, Api(site.api_url, environ.get("LINLI_API_TOKEN", "")), series)


def simulator_command(options: argparse.Namespace, on: Stage) -> list[str]:
    speed = max(SPEED, DAY_S / options.seconds) if options.seconds else SPEED
    site = on.site
    command = [sys.executable, "-m", "simulators", "run", *_neighbourhood(options)]
    command += ["--speed", f"{speed:g}", "--truth", str(on.truth_file), "--data", str(site.data_dir / "bins")]
    command += ["--broker-host", site.broker_host, "--broker-port", str(site.broker_port)]
    if options.seconds:
        command += ["--seconds", f"{options.seconds:g}"]
    if options.photos is not None:
        command += ["--photos", str(options.photos.resolve())]
    return command


def _neighbourhood(options: argparse.Namespace) -> list[str]:
    given = {"--seed": options.seed, "--bins": options.bins, "--households": options.households}
    return [text for name, value in given.items() if value is not None for text in (name, str(value))]


def run(options: argparse.Namespace) -> int:
    """Returns the exit status: 0 when all that decides is equal. Raises DeployError when it cannot run."""
    console = Console(highlight=False)
    on = stage(options, datetime.now().astimezone())
    supervisor = Supervisor(console.print)
    simulator = Process("simulator", simulator_command(options, on), on.environ, on.site.log("simulator"))
    with stopping.on_signals():
        try:
            _open(supervisor, options, on, console)
            simulator.start()
            _play(supervisor, simulator, options, on, console)
            return _close(supervisor, simulator, on, console)
        except KeyboardInterrupt:
            console.print("stopped")
            return 130
        finally:
            with stopping.undisturbed():
                simulator.stop(grace_s=2.0)
                supervisor.stop()


def _open(supervisor: Supervisor, options: argparse.Namespace, on: Stage, console: Console) -> None:
    """Starts broker, ingest and API and says where the dashboard is."""
    broker = choose(options.broker)
    with console.status("starting the broker, ingest and the API"):
        supervisor.start(parts.broker(on.site, broker))
        _write_inventory(options, on)
        supervisor.start(parts.ingest(on.site, on.environ), parts.api(on.site, on.environ))
    console.print(f"Dashboard  [bold]{on.site.api_url}/[/bold]")
    console.print(f"Broker     mqtt://{on.site.broker_host}:{on.site.broker_port} ({broker.kind})")
    console.print(f"Data, logs {on.site.data_dir.relative_to(ROOT)}")


def _write_inventory(options: argparse.Namespace, on: Stage) -> None:
    command = [sys.executable, "-m", "simulators", "inventory", *_neighbourhood(options)]
    made = subprocess.run(
        [*command, "--out", str(on.site.inventory)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise DeployError(f"no inventory from the simulator: {made.stderr.strip() or made.stdout.strip()}")


def _play(
    supervisor: Supervisor, simulator: Process, options: argparse.Namespace, on: Stage, console: Console
) -> None:
    """Watches while the simulator lives, restarting what crashes. Ctrl-C asks the simulator to finish."""
    with report.Progress(console, options.seconds) as progress:
        try:
            while simulator.running:
                supervisor.watch()
                progress.show(on.api)
                time.sleep(WATCH_S)
        except KeyboardInterrupt:
            progress.say("asking the bins to finish; once more to leave at once")
            simulator.ask_to_end()
            deadline = time.monotonic() + SIMULATOR_ENDS_S
            while simulator.running and time.monotonic() < deadline:
                supervisor.watch()
                progress.show(on.api)
                time.sleep(WATCH_S)
    if simulator.exit_status not in {0, NOT_DRAINED}:
        raise DeployError(f"the simulator ended with status {simulator.exit_status}.\n{simulator.tail()}")


def _close(supervisor: Supervisor, simulator: Process, on: Stage, console: Console) -> int:
    """Waits until the answers are whole, and prints them beside the truth."""
    happened = truth.read(on.truth_file)
    if simulator.exit_status == NOT_DRAINED:
        console.print("[yellow]some bins still hold events without a receipt[/yellow]")
    with console.status("waiting until everything is stored and written"):
        answers = drained(on.api, happened.community, supervisor.watch)
        lines = compare(happened, answers)
        if on.series is not None:
            lines += counted(on.series, happened, answers)
    report.table(console, lines)
    report.verdict_line(console, happened, verdicts(happened, answers))
    report.compliance(console, happened, on.api.compliance(happened.community))
    if not passed(lines):
        console.print(f"[red]The answers differ from the truth.[/red] Logs: {on.site.data_dir / 'logs'}")
        return 1
    return 0
