"""A linli to measure: broker, ingest, API and, where there is one, an InfluxDB, each a process of its own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.device import COMMUNITY, device_name
from deploy import broker as brokers
from deploy import parts, ports
from deploy.errors import DeployError
from deploy.process import Process
from deploy.supervisor import Part, Supervisor
from linli.waste import Kind

READY_WITHIN_S = 300.0
"""The first start reads the inventory: a hundred thousand devices take their time on a busy machine."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is running. `influxdb_url` is "" where points are not forwarded."""

    site: parts.Site
    influxdb_url: str
    processes: dict[str, Process]


@contextlib.contextmanager
def stage(devices: int, influxdb: str | None = None) -> Iterator[Stage]:
    """Start it all with mosquitto on free ports of the loopback, stop it all at the end.

    `influxdb` is the binary of an InfluxDB 1.x to start, or None. Raises DeployError.
    """
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        data = Path(folder)
        inventory = data / "inventory.toml"
        inventory.write_text(_inventory(devices))
        site = parts.Site(data / "site", inventory, ports.pick(0), ports.pick(0), ports.pick(0))
        supervisor = Supervisor(print)
        environ = site.environ()
        environ.pop("LINLI_INFLUXDB_URL", None)
        started = {"broker": parts.broker(site, brokers.choose("mosquitto"))}
        if influxdb:
            started["influxdb"], environ["LINLI_INFLUXDB_URL"] = _influxdb(influxdb, data)
        started["ingest"] = parts.ingest(site, environ)
        started["ingest"].ready_within_s = READY_WITHIN_S
        started["api"] = parts.api(site, environ)
        try:
            for part in started.values():
                supervisor.start(part)
            yield Stage(
                site,
                environ.get("LINLI_INFLUXDB_URL", ""),
                {name: part.process for name, part in started.items()},
            )
        finally:
            supervisor.stop()


@dataclass(frozen=True, slots=True)
class PeerStage:
    """A broker, and a store that takes `/api/v2/write`, for something that is not linli."""

    broker_port: int
    url: str
    environ: dict[str, str]


@contextlib.contextmanager
def peer_stage() -> Iterator[PeerStage]:
    """Start both on free ports of the loopback, stop them at the end. Raises DeployError."""
    victoria = shutil.which("victoria-metrics")
    if victoria is None:
        raise DeployError("no victoria-metrics on the PATH: nothing to write to for what is not linli")
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        data, port = Path(folder), ports.pick(0)
        site = parts.Site(data, data / "none", ports.pick(0), 0, 0)
        listen, keep = f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=1y"
        command = [victoria, f"-storageDataPath={data}/victoria", listen, keep]
        store = Part(
            Process("victoria-metrics", command, {}, data / "victoria.log"), lambda: ports.answers(port)
        )
        supervisor = Supervisor(print)
        try:
            supervisor.start(parts.broker(site, brokers.choose("mosquitto")), store)
            yield PeerStage(site.broker_port, f"http://127.0.0.1:{port}", dict(os.environ))
        finally:
            supervisor.stop()


def influxd() -> str | None:
    """Debian's InfluxDB 1.x, where it is installed."""
    return shutil.which("influxd", path="/usr/bin:/usr/sbin:/usr/local/bin")


def _influxdb(binary: str, data: Path) -> tuple[Part, str]:
    http, rpc = ports.pick(0), ports.pick(0)
    config = data / "influxdb.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{rpc}"\n'
        f'[meta]\ndir = "{data}/influx/meta"\n'
        f'[data]\ndir = "{data}/influx/data"\nwal-dir = "{data}/influx/wal"\nindex-version = "tsi1"\n'
        f'[http]\nbind-address = "127.0.0.1:{http}"\nlog-enabled = false\n'
    )
    process = Process("influxdb", [binary, "-config", str(config)], {}, data / "influxdb.log")
    return Part(process, lambda: ports.answers(http)), f"http://127.0.0.1:{http}"


def _inventory(devices: int) -> str:
    lines = [
        f"[communities.{COMMUNITY}]",
        'name_zh = "基准"',
        'name_en = "Benchmark"',
        'timezone = "Asia/Shanghai"',
        'profile = "national"',
        f"[communities.{COMMUNITY}.buildings]",
        'b1 = { name = "1", households = 100 }',
        f"[communities.{COMMUNITY}.devices]",
    ]
    compartments = ", ".join(f'{kind} = "{kind}"' for kind in Kind)
    lines += [
        f'{device_name(n)} = {{ building = "b1", compartments = {{ {compartments} }} }}'
        for n in range(devices)
    ]
    return "\n".join(lines) + "\n"
