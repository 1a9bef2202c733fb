"""A whole linli as `make serve` starts it: broker, ingest, API, each a process, on free ports."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from deploy import parts, ports
from deploy.broker import choose
from deploy.process import ROOT
from deploy.supervisor import Part, Supervisor

T = TypeVar("T")


@dataclass
class House:
    """What is running."""

    site: parts.Site
    api: httpx.Client
    ingest: Part

    def start_ingest(self) -> None:
        """Start it again, after it was ended."""
        self.ingest.process.start()
        self.ingest.process.wait_ready(self.ingest.ready, self.ingest.ready_within_s)


def eventually(look: Callable[[], T], timeout_s: float = 30) -> T:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return seen


@contextmanager
def running(
    folder: Path, kind: str, inventory: Path = ROOT / "deploy" / "inventory.example.toml"
) -> Iterator[House]:
    site = parts.Site(
        folder / "data",
        inventory,
        ports.pick(0),
        ports.pick(0),
        ports.pick(0),
    )
    with ExitStack() as stack:
        supervisor = Supervisor(print)
        stack.callback(supervisor.stop)
        supervisor.start(parts.broker(site, choose(kind)))
        environ = site.environ()
        ingest = parts.ingest(site, environ)
        supervisor.start(ingest, parts.api(site, environ))
        yield House(site, stack.enter_context(httpx.Client(base_url=site.api_url)), ingest)


@pytest.fixture(params=["iotcore", "mosquitto"])
def house(
    request: pytest.FixtureRequest, tmp_path: Path, require_server: Callable[[str], str]
) -> Iterator[House]:
    if request.param == "mosquitto":
        require_server("mosquitto")
    with running(tmp_path, request.param) as started:
        yield started
