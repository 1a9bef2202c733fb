"""The simulator as a process of its own, at a real broker with a receiver, and against the real linli."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy import parts, ports
from deploy import truth as deployed
from deploy.answers import Api
from deploy.broker import choose
from deploy.comparison import compare
from deploy.drain import drained
from deploy.process import ROOT
from deploy.supervisor import Supervisor
from linli.events import Deposit
from simulators.pictures import studio
from tests.unit.edge.receiver import Receiver

SIZE = ["--seed", "4", "--bins", "3", "--households", "40"]
FAST = ["--speed", "4000"]


class Run:
    """A simulator process and what it leaves."""

    def __init__(self, port: int, folder: Path, *more: str) -> None:
        self.truth_file = folder / "truth.json"
        self.log = folder / "simulator.log"
        command = [sys.executable, "-m", "simulators", "run", *SIZE, *FAST, "--broker-port", str(port)]
        command += ["--data", str(folder / "bins"), "--truth", str(self.truth_file), *more]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def ends(self, timeout_s: float = 60) -> int:
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end:\n{self.log.read_text()}") from None

    @property
    def truth(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.truth_file.read_text())
        return document


@pytest.fixture
def receiver(embedded_broker) -> Iterator[Receiver]:
    receiver = Receiver(embedded_broker.host, embedded_broker.port)
    yield receiver
    receiver.stop()


def until(so, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def came(receiver, epoch_of):
    """Every event that was received, by (device, seq)."""
    return {
        (device, seq): event
        for device, ledger in receiver.ledgers.items()
        for (epoch, seq), event in ledger.events.items()
        if epoch == epoch_of[device]
    }


def assert_all_of_it_came(truth, receiver):
    events = came(receiver, {device: entry["epoch"] for device, entry in truth["devices"].items()})
    numbers = {
        (device, seq) for device, entry in truth["devices"].items() for seq in range(1, entry["events"] + 1)
    }
    assert events.keys() == numbers
    assert truth["events"]["total"] == len(numbers)
    kinds = [type(event).__name__.lower() for event in events.values()]
    for kind in ("telemetry", "deposit", "observation", "fault"):
        assert truth["events"][kind] == kinds.count(kind)
    deposits = {key: event for key, event in events.items() if isinstance(event, Deposit)}
    assert deposits.keys() == {(told["device"], told["seq"]) for told in truth["deposits"]}
    for told in truth["deposits"]:
        event = deposits[told["device"], told["seq"]]
        assert (event.compartment, event.household) == (told["compartment"], told["household"])
    assert truth["photos"] == len({name for ledger in receiver.ledgers.values() for name in ledger.photos})


def test_sigterm_waits_for_the_last_receipts_and_writes_the_truth(embedded_broker, receiver, tmp_path):
    run = Run(embedded_broker.port, tmp_path)
    until(lambda: sum(len(ledger.events) for ledger in list(receiver.ledgers.values())) > 150)
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0, run.log.read_text()
    truth = run.truth
    assert truth["drained"] is True
    assert truth["events"]["deposit"] > 0
    assert truth["started_ms"] < truth["ended_ms"] <= time.time() * 1000
    assert_all_of_it_came(truth, receiver)
    stamps = [
        event.ts for event in came(receiver, {d: e["epoch"] for d, e in truth["devices"].items()}).values()
    ]
    assert all(truth["started_ms"] <= stamp <= truth["ended_ms"] for stamp in stamps), "only real time"
    assert "waiting for receipts" in run.log.read_text()


def test_without_receipts_a_second_signal_ends_the_wait_and_the_truth_is_there(
    embedded_broker, receiver, tmp_path
):
    receiver.deaf = True
    run = Run(embedded_broker.port, tmp_path)
    until(lambda: receiver.statuses)
    time.sleep(1)
    run.process.send_signal(signal.SIGINT)
    until(lambda: "waiting for the last receipts" in run.log.read_text())
    run.process.send_signal(signal.SIGINT)
    assert run.ends(15) == 3, run.log.read_text()
    assert run.truth["drained"] is False
    assert run.truth["events"]["total"] > 0


def test_killed_and_started_again_it_goes_on_with_the_same_outboxes(embedded_broker, receiver, tmp_path):
    first = Run(embedded_broker.port, tmp_path)
    until(lambda: sum(len(ledger.events) for ledger in list(receiver.ledgers.values())) > 80)
    first.process.kill()
    first.process.wait()
    assert not first.truth_file.exists()
    again = Run(embedded_broker.port, tmp_path, "--seconds", "3")
    assert again.ends() == 0, again.log.read_text()
    assert again.truth["events"]["total"] > 80
    assert_all_of_it_came(again.truth, receiver)


def test_photos_of_a_folder_are_what_the_bins_see(embedded_broker, receiver, tmp_path):
    for item in ("glass", "food_waste"):
        (tmp_path / "photos" / item).mkdir(parents=True)
        for number in range(2):
            (tmp_path / "photos" / item / f"{number}.jpg").write_bytes(studio.draw(item, number))
    given = {hashlib.sha256(photo.read_bytes()).hexdigest() for photo in tmp_path.glob("photos/*/*.jpg")}
    run = Run(embedded_broker.port, tmp_path, "--seconds", "4", "--photos", str(tmp_path / "photos"))
    assert run.ends() == 0, run.log.read_text()
    assert run.truth["pictures"] == "real"
    assert {told["item"] for told in run.truth["deposits"]} == {"glass", "food_waste"}
    assert_all_of_it_came(run.truth, receiver)
    deposits = [
        event
        for ledger in receiver.ledgers.values()
        for event in ledger.events.values()
        if isinstance(event, Deposit)
    ]
    assert {deposit.photo_sha256 for deposit in deposits} <= given


@pytest.fixture
def linli(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """Broker, ingest and API as `make demo` runs them, for the neighbourhood of SIZE."""
    inventory = tmp_path / "inventory.toml"
    made = [sys.executable, "-m", "simulators", "inventory", *SIZE, "--out", str(inventory)]
    subprocess.run(made, cwd=ROOT, check=True)
    site = parts.Site(tmp_path / "data", inventory, ports.pick(0), ports.pick(0), ports.pick(0))
    supervisor = Supervisor(print)
    try:
        supervisor.start(parts.broker(site, choose("iotcore")))
        environ = site.environ()
        supervisor.start(parts.ingest(site, environ), parts.api(site, environ))
        yield SimpleNamespace(site=site, supervisor=supervisor, api=Api(site.api_url, ""))
    finally:
        supervisor.stop()


def test_the_real_linli_answers_what_the_truth_says(linli, tmp_path):
    run = Run(linli.site.broker_port, tmp_path, "--seconds", "10")
    assert run.ends() == 0, run.log.read_text()
    truth = deployed.read(run.truth_file)
    assert truth.events.deposit > 5
    answers = drained(linli.api, truth.community, linli.supervisor.watch, forwarding=False)
    wrong = [line for line in compare(truth, answers) if not line.equal]
    assert not wrong
    assert run.truth["photos"] == answers.totals.photos


def test_faults_on_purpose_cost_nothing_and_are_counted(linli, tmp_path):
    run = Run(
        linli.site.broker_port, tmp_path,
        "--seconds", "12", "--duplicate", "0.3", "--malformed", "0.3", "--offline", "3",
    )  # fmt: skip
    assert run.ends() == 0, run.log.read_text()
    faults = run.truth["faults"]
    assert faults["duplicates"] > 0
    assert faults["malformed"] > 0
    assert len(faults["offline"]) == 1
    truth = deployed.read(run.truth_file)
    answers = drained(linli.api, truth.community, linli.supervisor.watch, forwarding=False)
    lines = {line.what: line for line in compare(truth, answers)}
    letters = lines.pop("dead letters")
    assert not [line for line in lines.values() if line.decides and not line.equal]
    assert letters.answer == f"{faults['malformed']:,}"
    assert sum(ledger.duplicate for ledger in answers.ledgers) >= faults["duplicates"]
