"""The README's own lines, run as they stand against a linli that runs as `make serve` runs it."""

import html
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import parts
from deploy.process import ROOT
from tests.e2e.conftest import eventually, running

PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def lines(page: Path, start: str) -> list[list[str]]:
    """The command lines of a page that begin with `start`, split as a shell would."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    return [
        shlex.split(line) for block in blocks for line in block.splitlines() if line.strip().startswith(start)
    ]


def quoted(readme: Path) -> list[str]:
    """What the page says of the bin on fire, as the README has it in bold."""
    (words,) = re.findall(r"(?:stands: |出现：)\*\*(.+?)\*\*", readme.read_text())
    return [part for part in re.split(r" · | —+ ", words) if part]


def text_of(page: str, element: str) -> str:
    """The text of the one element that matches, its spaces plain."""
    (found,) = re.findall(element, page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[parts.Site]:
    with running(tmp_path, "auto") as house:
        yield house.site


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
    for readme, language in zip(PAGES, ("en", "zh"), strict=True):
        card = text_of(api.get("/", params={"lang": language}).text, r"<li class=\"alert .*?</li>")
        for words in quoted(readme):
            assert words in card, f"{readme.name} promises {words!r}; the page says: {card}"

    eventually(lambda: "accept-bin-7" in api.get("/").text)
    shown = text_of(api.get("/").text, r'<code id="accept-bin-7".*?</code>')
    folder, _, command_line = shown.partition(" ")
    assert folder == f"LINLI_DATA_DIR={site.data_dir}", "this one is not kept in the usual place"
    (accept,) = lines(PAGES[0], ".venv/bin/python -m ingest accept")
    python, *rest = shlex.split(command_line)
    assert rest == accept[1:], "the page shows another command than the README"
    assert (ROOT / python).samefile(sys.executable)
    # As a person would: what the page shows, in the folder linli was started in, and nothing else set.
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    subprocess.run(["bash", "-c", shown], check=True, timeout=30, cwd=ROOT, env=bare)

    (overflow,) = eventually(lambda: alerts("bin-7"))
    assert (overflow["kind"], overflow["state"], overflow["value"]) == ("overflow", "firing", 95.0)
    (level,) = [bin_ for bin_ in api.get("/api/v1/bins").json()["items"] if bin_["device"] == "bin-7"]
    assert "95" in str(level)
    totals = api.get("/api/v1/totals").json()
    assert (totals["events"], totals["devices_unknown"], totals["dead_letters"]) == (3, 0, 0)
