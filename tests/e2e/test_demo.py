"""`make demo` as a person runs it: the real parts, and the truth beside the answers."""

import argparse
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import demo, ports
from deploy.process import ROOT
from deploy.supervisor import Supervisor
from tests.postgresql import RunningPostgres

WITHIN_S = 150
# Not the usual ports: what else runs on this machine may speak there.
SMALL = ["--bins", "4", "--broker-port", "0", "--api-port", "0"]


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "deploy", "demo", "--data-dir", str(folder), *SMALL, *arguments]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args([*SMALL, *arguments])


def belonging_to(folder: Path) -> list[str]:
    """Command lines and environments of running processes that name the demo's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text:
            found.append(text.decode(errors="replace")[:200])
    return found


@pytest.mark.timeout(WITHIN_S)
@pytest.mark.parametrize("kind", ["iotcore", "mosquitto"])
def test_a_short_demo_agrees_with_the_truth_and_leaves_nothing_running(
    kind: str, tmp_path: Path, require_server: Callable[[str], str]
) -> None:
    if kind == "mosquitto":
        require_server("mosquitto")
    done = subprocess.run(
        command(tmp_path, "--seconds", "8", "--broker", kind),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Dashboard +http://127\.0\.0\.1:\d+/", done.stdout)
    assert "✗" not in done.stdout
    assert re.search(r"events lost +│ +0 │ +0 │ +✓", done.stdout)
    # Something happened: thousands of readings, or the comparison would compare nothing.
    stored = re.search(r"events stored +│ +([\d,]+) │ +([\d,]+) │", done.stdout)
    assert stored is not None
    assert int(stored[1].replace(",", "")) > 50
    assert re.search(r"Verdicts on [1-9][\d,]* deposits \(drawn pictures\)", done.stdout)
    said = " ".join(done.stdout.split())
    assert "training held pictures by the same drawer, so being right of these says little" in said
    assert "the classifier's own errors are not in it" in said
    assert belonging_to(tmp_path) == []


@pytest.mark.timeout(WITHIN_S)
def test_a_demo_on_postgresql_agrees_too_and_one_on_what_it_left_is_refused(
    tmp_path: Path, postgres_server: RunningPostgres
) -> None:
    there = ("--seconds", "8", "--broker", "iotcore", "--database-url", postgres_server.new_database())
    first, again = (
        subprocess.run(command(tmp_path, *there), cwd=ROOT, capture_output=True, text=True, check=False)
        for _ in range(2)
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    assert belonging_to(tmp_path) == []


@pytest.mark.timeout(WITHIN_S)
def test_the_dashboard_answers_when_its_address_is_printed_and_ctrl_c_still_compares(tmp_path: Path) -> None:
    with subprocess.Popen(
        command(tmp_path, "--broker", "iotcore"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            address = next(found for line in running.stdout if (found := re.search(r"http://\S+/", line)))
            with urllib.request.urlopen(address[0], timeout=10) as page:
                assert page.status == 200
                assert "linli" in page.read().decode().lower()
            time.sleep(4)  # some bins speak meanwhile
            running.send_signal(signal.SIGINT)
            rest, _ = running.communicate(timeout=90)
        finally:
            running.kill()
    assert running.returncode == 0, rest
    assert re.search(r"events lost +│ +0 │ +0 │ +✓", rest)
    assert belonging_to(tmp_path) == []


def test_a_port_that_is_lost_as_the_demo_starts_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        lost, pick = taken.getsockname()[1], ports.pick
        picked: list[int] = []

        def pick_too_late(usual: int, **how: object) -> int:
            picked.append(usual)
            return lost if len(picked) == 1 else pick(usual)

        monkeypatch.setattr(ports, "pick", pick_too_late)
        status = demo.run(options("--seconds", "3", "--broker", "iotcore", "--data-dir", str(tmp_path)))
    shown = capsys.readouterr().out
    assert "another program took a port meanwhile; taking others" in shown
    assert status == 0, shown


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        (["--photos", "/nowhere/val.tar"], 1, "the photos /nowhere/val.tar are not there"),
        (["--broker", "foo"], 2, "--broker: invalid choice: 'foo' (choose from "),
        (["--seconds", "abc"], 2, "--seconds: 'abc' is no number of seconds above 0"),
        (["--seconds", "0"], 2, "--seconds: '0' is no number of seconds above 0"),
        (["--colour"], 2, "unrecognized arguments: --colour"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(tmp_path: Path, wrong: list[str], status: int, said: str) -> None:
    done = subprocess.run(command(tmp_path, *wrong), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr.startswith(f"linli: {said}")
    assert done.stderr.count("\n") == 1


def test_a_demanded_port_is_taken_or_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            command(tmp_path, "--broker-port", port), cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        f"linli: port {port} is taken; leave it out to take a free one\n",
    )


class KillOnce:
    """Kills one part the hard way, some seconds after the bins began to speak."""

    def __init__(self, name: str, after_s: float) -> None:
        self._name = name
        self._after_s = after_s
        self._began_s: float | None = None
        self.killed = 0

    def __call__(self, supervisor: Supervisor) -> None:
        supervisor.watch()
        now_s = time.monotonic()
        self._began_s = self._began_s or now_s
        if self.killed == 0 and now_s - self._began_s > self._after_s:
            [part] = [part for part in supervisor.parts if part.process.name == self._name]
            part.process.kill()
            self.killed += 1


@pytest.mark.timeout(WITHIN_S)
@pytest.mark.parametrize(
    ("victim", "kind"),
    [("ingest", "iotcore"), ("ingest", "mosquitto"), ("broker", "iotcore"), ("broker", "mosquitto")],
)
def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(
    victim: str,
    kind: str,
    tmp_path: Path,
    require_server: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if kind == "mosquitto":
        require_server("mosquitto")
    chosen = options("--seconds", "12", "--broker", kind, "--data-dir", str(tmp_path))
    during = KillOnce(victim, after_s=4)
    status = demo.run(chosen, during)
    shown = capsys.readouterr().out
    assert during.killed == 1
    assert f"{victim} ended with status -9" in shown
    assert status == 0, shown
    assert re.search(r"events stored twice +│ +0 │ +0 │ +✓", shown)
    assert belonging_to(tmp_path) == []
