"""The README's own lines, run as they stand against a linli that runs as `make serve` runs it."""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import parts, ports
from deploy.broker import choose
from deploy.process import ROOT
from deploy.supervisor import Supervisor

PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def lines(page: Path, start: str) -> list[list[str]]:
    """The command lines of a page that begin with `start`, split as a shell would."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    return [
        shlex.split(line) for block in blocks for line in block.splitlines() if line.strip().startswith(start)
    ]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[parts.Site]:
    where = parts.Site(
        tmp_path / "data",
        ROOT / "deploy" / "inventory.example.toml",
        ports.pick(0),
        ports.pick(0),
        ports.pick(0),
    )
    supervisor = Supervisor(print)
    try:
        supervisor.start(parts.broker(where, choose("auto")))
        environ = where.environ()
        supervisor.start(parts.ingest(where, environ), parts.api(where, environ))
        yield where
    finally:
        supervisor.stop()


def eventually(look: Callable[[], Any], timeout_s: float = 20) -> Any:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return seen


def test_both_languages_give_the_same_commands() -> None:
    assert lines(PAGES[0], "mosquitto_pub") == lines(PAGES[1], "mosquitto_pub")
    assert lines(PAGES[0], ".venv") == lines(PAGES[1], ".venv")


@pytest.fixture
def api(site: parts.Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.api_url) as client:
        yield client


def test_a_device_made_of_mosquitto_pub_lines(
    site: parts.Site, api: httpx.Client, require_server: Callable[[str], str]
) -> None:
    require_server("mosquitto_pub")

    def alerts(device: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.get("/api/v1/alerts", params={"device": device}).json()["items"]
        return found

    commands = lines(PAGES[0], "mosquitto_pub")
    assert len(commands) == 2
    for command in commands:
        at = command.index("-p") + 1
        assert command[at] == "1883"
        subprocess.run([*command[:at], str(site.broker_port), *command[at + 1 :]], check=True, timeout=30)

    (heat,) = eventually(lambda: alerts("bin-1"))
    assert (heat["kind"], heat["state"], heat["reason"], heat["value"]) == (
        "heat",
        "firing",
        "over_limit",
        78.0,
    )
    page = api.get("/", params={"lang": "en"}).text
    assert "78" in page
    assert "bin-7" in page

    (accept,) = lines(PAGES[0], ".venv/bin/python -m ingest accept")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert " ".join(accept[1:5]) in shown, "the page shows another command than the README"
    subprocess.run([sys.executable, *accept[1:]], check=True, timeout=30, cwd=ROOT, env=site.environ())

    (overflow,) = eventually(lambda: alerts("bin-7"))
    assert (overflow["kind"], overflow["state"], overflow["value"]) == ("overflow", "firing", 95.0)
    (level,) = [bin_ for bin_ in api.get("/api/v1/bins").json()["items"] if bin_["device"] == "bin-7"]
    assert "95" in str(level)
    totals = api.get("/api/v1/totals").json()
    assert (totals["events"], totals["devices_unknown"], totals["dead_letters"]) == (3, 0, 0)
