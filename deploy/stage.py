"""Where a demo plays: a data directory, ports and settings of its own, and the simulator that plays on it."""

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy import ports
from deploy.answers import Api
from deploy.broker import USUAL_PORT
from deploy.errors import DeployError
from deploy.parts import Site
from deploy.process import ROOT, Process
from deploy.serve import API_PORT
from deploy.timeseries import TimeSeries

# A day in a minute, when nobody says how long it may take.
SPEED = 1440.0
DAY_S = 86_400.0
# How many demos' folders stay beside the newest.
KEPT = 4


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
    data_dir = _fresh(options.data_dir.resolve(), now)
    site = Site(
        data_dir,
        data_dir / "inventory.toml",
        broker_port=_port(USUAL_PORT, options.broker_port),
        api_port=_port(API_PORT, options.api_port),
        metrics_port=ports.pick(0),
    )
    environ = site.environ()
    # A demo is a world of its own: what a person set for their own bins must not reach it.
    for name in ("LINLI_COMMUNITIES", "LINLI_WEBHOOK_URL", "LINLI_BROKER_USERNAME", "LINLI_BROKER_PASSWORD"):
        environ.pop(name, None)
    environ["LINLI_DATABASE_URL"] = options.database_url
    environ["LINLI_INFLUXDB_URL"] = options.influxdb_url
    series = None
    if options.influxdb_url:
        bucket = environ.get("LINLI_INFLUXDB_BUCKET") or "linli"
        series = TimeSeries(options.influxdb_url, environ.get("LINLI_INFLUXDB_TOKEN", ""), bucket)
    return Stage(site, environ, Api(site.api_url, environ.get("LINLI_API_TOKEN", "")), series)


def _port(usual: int, demanded: int | None) -> int:
    """The one demanded, 0 for any free one. Raises DeployError when it is taken."""
    return ports.pick(0) if demanded == 0 else ports.pick(usual, demanded=demanded)


def _fresh(folder: Path, now: datetime) -> Path:
    """A folder of its own for this demo. Of those before, the last ones stay, to look into."""
    for old in sorted(path for path in folder.glob("*-*") if path.is_dir())[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    data_dir = folder / now.strftime("%Y%m%d-%H%M%S-%f")
    data_dir.mkdir(parents=True)
    return data_dir


def simulator(options: argparse.Namespace, on: Stage) -> Process:
    """The simulator's process, not started."""
    speed = max(SPEED, DAY_S / options.seconds) if options.seconds else SPEED
    site = on.site
    command = [sys.executable, "-m", "simulators", "run", *_neighbourhood(options)]
    command += ["--speed", f"{speed:g}", "--truth", str(on.truth_file), "--data", str(site.data_dir / "bins")]
    command += ["--broker-host", site.broker_host, "--broker-port", str(site.broker_port)]
    if options.seconds:
        command += ["--seconds", f"{options.seconds:g}"]
    if options.photos is not None:
        command += ["--photos", str(options.photos.resolve())]
    return Process("simulator", command, on.environ, site.log("simulator"))


def _neighbourhood(options: argparse.Namespace) -> list[str]:
    given = {"--seed": options.seed, "--bins": options.bins, "--households": options.households}
    return [text for name, value in given.items() if value is not None for text in (name, str(value))]


def write_inventory(options: argparse.Namespace, on: Stage) -> None:
    """Who is where in the simulated neighbourhood. Raises DeployError."""
    command = [sys.executable, "-m", "simulators", "inventory", *_neighbourhood(options)]
    made = subprocess.run(
        [*command, "--out", str(on.site.inventory)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise DeployError(f"no inventory from the simulator: {made.stderr.strip() or made.stdout.strip()}")
