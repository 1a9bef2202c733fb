"""`make serve`: broker, ingest and API for real bins, until Ctrl-C."""

import argparse
import os
import time
from pathlib import Path

from rich.console import Console

from deploy import parts, ports, stopping
from deploy.broker import KINDS, USUAL_PORT, choose
from deploy.claim import claimed
from deploy.errors import DeployError
from deploy.logs import Follower
from deploy.parts import Site
from deploy.process import ROOT
from deploy.supervisor import Supervisor
from linli.topics import Channel, Topic

API_PORT = 8000
EXAMPLE = Path(__file__).with_name("inventory.example.toml")
WATCH_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--broker", choices=KINDS, default="auto")
    parser.add_argument("--inventory", type=Path, help="who is where; else LINLI_INVENTORY, else an example")
    parser.set_defaults(run=run)


def site(options: argparse.Namespace) -> Site:
    """The site from the arguments and LINLI_… variables. Ports that are not demanded move when taken."""
    data_dir = Path(os.environ.get("LINLI_DATA_DIR") or ROOT / "var" / "linli").resolve()
    inventory = options.inventory or Path(os.environ.get("LINLI_INVENTORY") or EXAMPLE)
    if not inventory.is_file():
        raise DeployError(f"the inventory {inventory} is not there (LINLI_INVENTORY)")
    broker_port = _demanded("LINLI_BROKER_PORT")
    if not os.environ.get("LINLI_BROKER_HOST"):
        broker_port = ports.pick(USUAL_PORT, demanded=broker_port)
    api_host = os.environ.get("LINLI_API_HOST") or ports.LOOPBACK
    return Site(
        data_dir,
        inventory.resolve(),
        broker_port=broker_port or USUAL_PORT,
        api_port=ports.pick(API_PORT, demanded=_demanded("LINLI_API_PORT"), host=api_host),
        metrics_port=ports.pick(0, demanded=_demanded("LINLI_INGEST_METRICS_PORT")),
        broker_host=os.environ.get("LINLI_BROKER_HOST") or ports.LOOPBACK,
        api_host=api_host,
    )


def _demanded(name: str) -> int | None:
    text = os.environ.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise DeployError(f"{name}={text!r} is no port (1 to 65535)")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Returns the exit status. Raises DeployError when it cannot be started."""
    console = Console(highlight=False)
    where = site(options)
    supervisor = Supervisor(console.print)
    with claimed(where.data_dir), stopping.on_signals():
        follower = Follower(where.data_dir / "logs", console)
        try:
            _start(supervisor, where, options.broker, console)
            while True:
                supervisor.watch()
                follower.show_new()
                time.sleep(WATCH_S)
        except KeyboardInterrupt:
            console.print("stopping")
            return 0
        finally:
            with stopping.undisturbed():
                supervisor.stop()
                follower.show_new()


def _start(supervisor: Supervisor, where: Site, kind: str, console: Console) -> None:
    if os.environ.get("LINLI_BROKER_HOST"):
        console.print(f"broker  {where.broker_host}:{where.broker_port} (yours)")
    else:
        broker = choose(kind)
        supervisor.start(parts.broker(where, broker))
        moved = ports.elsewhere(where.broker_port, USUAL_PORT)
        console.print(f"broker  mqtt://{where.broker_host}:{where.broker_port} ({broker.kind}){moved}")
    environ = where.environ()
    supervisor.start(parts.ingest(where, environ), parts.api(where, environ))
    console.print(f"data    {where.data_dir}")
    moved = ports.elsewhere(where.api_port, API_PORT, where.api_host)
    console.print(f"page    {where.api_url}/{moved}\n\nA first reading, from any MQTT client:\n")
    # Not wrapped, so that it can be copied.
    console.print(first_reading(where), soft_wrap=True, markup=False)


def first_reading(where: Site) -> str:
    """The line a person tries first: a device that nobody knows yet says how full it is."""
    topic = Topic("garden", "bin-7", Channel.EVENTS)
    event = '{"seq":1,"kind":"telemetry","compartment":"kitchen","fill_pct":93}'
    body = f'{{"epoch":"try00001","first":1,"events":[{event}]}}'
    return (
        f"  mosquitto_pub -h {where.broker_host} -p {where.broker_port} -q 1 -t {topic} \\\n    -m '{body}'\n"
    )
