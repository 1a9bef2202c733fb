"""The processes of linli: what each is run with, and how one sees that it is ready."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy import ports, readiness
from deploy.broker import Broker
from deploy.listeners import listens
from deploy.process import Process
from deploy.supervisor import Part


@dataclass(frozen=True, slots=True)
class Site:
    """One running linli: where its data is, and where its servers listen (all on loopback, unless said)."""

    data_dir: Path
    inventory: Path
    broker_port: int
    api_port: int
    metrics_port: int
    broker_host: str = ports.LOOPBACK
    api_host: str = ports.LOOPBACK

    @property
    def api_url(self) -> str:
        return f"http://{ports.reachable(self.api_host)}:{self.api_port}"

    @property
    def ports(self) -> tuple[int, int, int]:
        return self.broker_port, self.api_port, self.metrics_port

    def log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def environ(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """For ingest and API; what the person set (InfluxDB, webhook, token, …) passes through."""
        return {
            **base,
            "PYTHONUNBUFFERED": "1",
            "LINLI_DATA_DIR": str(self.data_dir),
            "LINLI_INVENTORY": str(self.inventory),
            "LINLI_BROKER_HOST": self.broker_host,
            "LINLI_BROKER_PORT": str(self.broker_port),
            "LINLI_API_HOST": self.api_host,
            "LINLI_API_PORT": str(self.api_port),
            "LINLI_INGEST_METRICS_PORT": str(self.metrics_port),
        }


def broker(site: Site, kind: Broker) -> Part:
    command = kind.command(site.broker_host, site.broker_port, site.data_dir / "broker")
    process = Process("broker", command, os.environ, site.log("broker"))
    return Part(
        process, _ready(process, site.broker_port, partial(ports.answers, site.broker_port, site.broker_host))
    )


def ingest(site: Site, environ: Mapping[str, str]) -> Part:
    process = Process("ingest", [sys.executable, "-m", "ingest", "run"], environ, site.log("ingest"))
    # It opens this page when the broker has granted its subscription: from then on no bin speaks to the void.
    page = f"http://{ports.LOOPBACK}:{site.metrics_port}/metrics"
    return Part(process, _ready(process, site.metrics_port, partial(readiness.answers_ok, page)))


def api(site: Site, environ: Mapping[str, str]) -> Part:
    process = Process("api", [sys.executable, "-m", "api"], environ, site.log("api"))
    # It opens its port when its store is open. /readyz also asks for a word from ingest, which comes later.
    return Part(
        process, _ready(process, site.api_port, partial(readiness.answers_ok, f"{site.api_url}/healthz"))
    )


def _ready(process: Process, port: int, answers: Callable[[], bool]) -> Callable[[], bool]:
    """It answers, and it is it that answers."""
    return lambda: listens(process.pid, port) and answers()
