"""`make serve` as a person runs it, and a device that is nothing but the printed line."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.process import ROOT

WITHIN_S = 30


@dataclass(frozen=True)
class Serving:
    process: subprocess.Popen[str]
    printed: str
    page: str
    data_dir: Path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.page}{path}", timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def serving(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Serving]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    environ["LINLI_DATA_DIR"] = str(tmp_path / "linli")
    # Not the usual ports: what else runs on this machine may speak there.
    environ |= {"LINLI_BROKER_PORT": str(free_port()), "LINLI_API_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "serve"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if "fill_pct" in line:  # the last line of what a person is told
                break
        page = re.search(r"page +(http://\S+)/", printed)
        assert page is not None, printed
        yield Serving(process, printed, page[1], tmp_path / "linli")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0


def test_the_printed_line_makes_an_unknown_device_with_its_reading_kept(
    serving: Serving, require_server: Callable[[str], str]
) -> None:
    require_server("mosquitto_pub")
    line = re.search(r"mosquitto_pub .*\n.*", serving.printed)
    assert line is not None
    subprocess.run(shlex.split(line[0].replace("\\\n", "")), check=True, timeout=WITHIN_S)
    deadline = time.monotonic() + WITHIN_S
    while not (devices := [d for d in serving.get("/api/v1/devices")["items"] if d["id"] == "bin-7"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert devices[0]["accepted"] is False
    assert serving.get("/api/v1/totals")["events"] == 1


def test_a_demanded_port_that_is_taken_is_one_line(serving: Serving) -> None:
    assert serving.get("/healthz")
    assert (serving.data_dir / "linli.db").exists()
    broker = re.search(r"broker +mqtt://127\.0\.0\.1:(\d+)", serving.printed)
    assert broker is not None
    second = subprocess.run(
        [sys.executable, "-m", "deploy", "serve"],
        cwd=ROOT,
        env={**os.environ, "LINLI_DATA_DIR": str(serving.data_dir), "LINLI_BROKER_PORT": broker[1]},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert second.returncode == 1
    assert second.stderr == f"linli: port {broker[1]} is taken; leave it out to take a free one\n"


def test_a_second_linli_on_the_same_data_is_refused(serving: Serving) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "deploy", "serve"],
        cwd=ROOT,
        env={**os.environ, "LINLI_DATA_DIR": str(serving.data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert second.returncode == 1
    assert second.stderr == f"linli: another linli is running on {serving.data_dir} (LINLI_DATA_DIR)\n"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("LINLI_API_PORT", "http", "linli: LINLI_API_PORT='http' is no port (1 to 65535)\n"),
        ("LINLI_INVENTORY", "/nowhere", "linli: the inventory /nowhere is not there (LINLI_INVENTORY)\n"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    tmp_path: Path, setting: str, value: str, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "serve"],
        cwd=ROOT,
        env={**os.environ, "LINLI_DATA_DIR": str(tmp_path), setting: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert (done.returncode, done.stderr) == (1, said)
