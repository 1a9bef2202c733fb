"""`python -m edge` as a process: a folder of photos, a file of levels, a real broker, and receipts."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linli.events import Deposit, Fault, Observation, Telemetry
from tests.unit.edge.receiver import Receiver

ROOT = Path(__file__).parents[2]


def picture(seed):
    blocks = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(blocks).resize((320, 240), Image.Resampling.NEAREST).save(out, "JPEG", quality=80)
    return out.getvalue()


class Home:
    """Where a device's process lives."""

    def __init__(self, folder, broker, kind):
        self.folder, self.kind = folder, kind
        self.photos = folder / "photos"
        self.levels = folder / "levels.json"
        (self.photos / "kitchen").mkdir(parents=True)
        self.config = folder / "edge.toml"
        self.config.write_text(
            f"""
            community = "garden"
            device = "{kind}-1"
            compartments = "kitchen=kitchen, other=other"
            broker_port = {broker.port}
            camera_path = "{self.photos}"
            photo_settle_ms = 0
            look_every_ms = 50
            sensor = "level_file"
            sensor_path = "{self.levels}"
            reading_every_s = 0.1
            data_dir = "{folder}"
            remind_file = "{folder / "display.txt"}"
            """
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self):
        """Returns once it senses."""
        self.starts += 1
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edge", self.kind, "--config", str(self.config)],
                cwd=ROOT,
                stderr=log,
                stdout=log,
                env={name: value for name, value in os.environ.items() if not name.startswith("LINLI_")},
            )
        until(lambda: self.log.count("events wait") == self.starts)

    def end(self, how=signal.SIGTERM):
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(20)

    def put(self, name, photo, compartment="kitchen"):
        new = self.photos / f".{name}"
        new.write_bytes(photo)
        new.rename(self.photos / compartment / name)

    @property
    def log(self):
        return (self.folder / "log").read_text()


@pytest.fixture
def receiver(broker):
    made = Receiver(broker.host, broker.port, session="the-receiver")
    yield made
    made.stop()


def home(folder, broker, kind):
    made = Home(folder / "home", broker, kind)
    made.levels.write_text('{"battery_pct": 81, "kitchen": {"fill_pct": 40}}')
    return made


@pytest.fixture
def bin_home(tmp_path, broker):
    made = home(tmp_path, broker, "bin")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def camera_home(tmp_path, broker):
    made = home(tmp_path, broker, "camera")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def until(done, timeout_s=25.0):
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def of(ledger, kind):
    return [event for _, event in sorted(ledger.events.items()) if isinstance(event, kind)]


def test_a_bin_tells_its_levels_its_deposits_and_its_faults(bin_home, receiver):
    ledger = receiver.ledgers["bin-1"]
    bin_home.start()
    until(lambda: {event.compartment for event in of(ledger, Telemetry)} == {None, "kitchen"})
    bin_home.put("one.jpg", picture(1))
    until(lambda: of(ledger, Deposit) and ledger.photos)
    (deposit,) = of(ledger, Deposit)
    assert deposit.compartment == "kitchen"
    assert list(ledger.photos) == [deposit.photo_sha256]
    until(lambda: not list(bin_home.photos.rglob("*.jpg")))

    bin_home.levels.write_text('{"kitchen": {"fill_pct": ')
    until(
        lambda: [fault.active for fault in of(ledger, Fault) if fault.code == "level_sensor"] == [False, True]
    )
    bin_home.levels.write_text('{"kitchen": {"fill_pct": 41}}')
    until(lambda: any(event.fill_pct == 41 for event in of(ledger, Telemetry)))
    assert bin_home.end() == 0
    assert [status["state"] for status in receiver.statuses["bin-1"]] == ["online", "offline"]
    assert set(ledger.copies.values()) == {1}
    assert "Traceback" not in bin_home.log


def test_a_camera_tells_what_it_sees_and_that_its_lens_is_covered(camera_home, receiver):
    ledger = receiver.ledgers["camera-1"]
    dark = io.BytesIO()
    Image.new("RGB", (320, 240), (4, 4, 4)).save(dark, "JPEG")
    camera_home.start()
    for at in range(4):
        camera_home.put(f"{at}.jpg", picture(at))
    until(lambda: "lens_clear" in [event.what for event in of(ledger, Observation)])
    for at in range(4, 8):
        camera_home.put(f"{at}.jpg", dark.getvalue())
    until(lambda: "lens_dark" in [event.what for event in of(ledger, Observation)])
    until(lambda: {event.photo_sha256 for event in of(ledger, Observation)} <= set(ledger.photos))
    assert camera_home.end() == 0
    assert "Traceback" not in camera_home.log


@pytest.mark.parametrize("seed", [1])
def test_kill_9_at_any_moment_loses_nothing_and_tells_nothing_twice(bin_home, receiver, seed):
    """Between taking a photo, the outbox, publishing, receipts and deleting the photo."""
    rng = random.Random(seed)
    ledger = receiver.ledgers["bin-1"]
    put = 0
    for _ in range(5):
        bin_home.start()
        for _ in range(rng.randrange(2, 6)):
            bin_home.put(f"{put}.jpg", picture(put))
            put += 1
            time.sleep(rng.uniform(0, 0.08))
        time.sleep(rng.uniform(0.3, 1.2))
        bin_home.end(signal.SIGKILL)
    bin_home.start()
    until(lambda: not list(bin_home.photos.rglob("*.jpg")) and "connected" in bin_home.log.split("epoch")[-1])
    assert bin_home.end() == 0
    assert "wait for the next start" not in bin_home.log.split("epoch")[-1]
    (settled,) = ledger.settled.values()  # one epoch through all its deaths
    ((start, end),) = settled.ranges()
    assert start == 1
    assert {seq for _, seq in ledger.events} == set(range(1, end + 1))
    hashes = [deposit.photo_sha256 for deposit in of(ledger, Deposit)]
    assert len(hashes) == len(set(hashes)) == put
    assert set(hashes) == set(ledger.photos)
    assert not receiver.failures  # it fails on a number that names two events


def test_a_wrong_setting_is_one_line(bin_home):
    result = subprocess.run(
        [sys.executable, "-m", "edge", "bin", "--config", str(bin_home.config)],
        cwd=ROOT,
        env=os.environ | {"LINLI_BROKER_PORT": "many"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "edge: LINLI_BROKER_PORT cannot be 'many': Expected `int`, got `str`\n"
