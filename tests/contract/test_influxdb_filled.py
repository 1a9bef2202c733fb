"""All that is stored comes to a real InfluxDB 1.6.7, whatever happens to it: killed under load, dropped."""

import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest.__main__ import main
from ingest.clock import system_clock
from ingest.forwarding.forward import Forwarder
from ingest.metrics import Metrics
from stores.influxdb import InfluxDB, influxql, open_influxdb
from tests.unit.ingest.house import NOW, House, deposit, fill

DAY = 86_400_000
KILLS = 4
WITHIN_S = 90


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "house"
    folder.mkdir()
    made = House(folder)
    yield made
    made.store.close()


@pytest.fixture
def sink(influxd: Any) -> Iterator[InfluxDB]:
    opened = open_influxdb(influxd.url, "", "", "linli")
    yield opened
    opened.close()


def levels(sink: InfluxDB, database: str = "linli") -> list[tuple[int, float]]:
    """(ms, fill_pct) of every point, in order of time."""
    found = influxql.ask(sink._transport, 'SELECT "fill_pct" FROM "telemetry"', database)
    return [(at_ms, value) for one in found for at_ms, value in one.values]


def until_written(house: House) -> None:
    deadline = time.monotonic() + WITHIN_S
    while house.store.forward_lag():
        assert time.monotonic() < deadline, house.store.reports()["forwarder"]
        time.sleep(0.1)


def test_killed_again_and_again_under_load_it_has_every_point_at_last(
    house: House, sink: InfluxDB, influxd: Any
) -> None:
    forwarder = Forwarder(house.store, sink, Metrics(), system_clock(), seed=1)
    stored: list[tuple[int, float]] = []
    chance = random.Random(6)
    ended = threading.Event()

    def load() -> None:
        """What ingest does: it commits, whatever becomes of InfluxDB."""
        seq = 0
        while not ended.is_set():
            house.now += 100
            batch = [fill((seq + i) % 100, seq=seq + i, ts=house.now - 100 + i) for i in range(1, 101)]
            house.send(*batch)
            stored.extend((event["ts"], float(event["fill_pct"])) for event in batch)
            seq += 100
            ended.wait(0.02)

    loading = threading.Thread(target=load)
    forwarder.start()
    loading.start()
    try:
        for _ in range(KILLS):
            before = forwarder.progress.written
            deadline = time.monotonic() + WITHIN_S
            while forwarder.progress.written == before:  # it takes points again, and is killed as it does
                assert time.monotonic() < deadline, forwarder.progress
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.5))
            influxd.kill()
            time.sleep(chance.uniform(0.2, 1))
            influxd.start()
    finally:
        ended.set()
        loading.join()
    until_written(house)
    forwarder.stop()
    forwarder.join()
    influxd.kill()  # what was acknowledged last is there, too
    influxd.start()
    assert levels(sink) == stored
    assert house.reasons() == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Where InfluxDB will keep everything: 40 MB, if we may mount that."""
    place = tmp_path / "influxd"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_holds_up_no_event_and_all_arrives_after_it(
    house: House, small_disk: Path, request: pytest.FixtureRequest
) -> None:
    """1.6.7 goes on refusing the shard that met the full disk until it is restarted, and takes others."""
    influxd = request.getfixturevalue("influxd")
    sink = open_influxdb(influxd.url, "", "", "linli")
    forwarder = Forwarder(house.store, sink, Metrics(), house.clock, seed=1)

    def pass_by(turns: int) -> dict[str, Any]:
        for _ in range(turns):
            house.now += 10_000
            forwarder.step()
        said: dict[str, Any] = msgspec.json.decode(house.store.reports()["forwarder"][0])
        return said

    house.send(fill(1))
    assert pass_by(1)["state"] == "idle"
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    sent = 1
    while (said := pass_by(1))["state"] == "idle":
        assert sent < 50_000
        house.send(*[fill(1, seq=sent + i) for i in range(1, 101)])
        sent += 100
    assert (said["state"], said["outlook"], said["lag"] > 0) == ("failing", "lasts", True)
    assert "no space left on device (its disk is full, or was" in said["detail"]
    ballast.unlink()
    house.send(fill(60, ts=house.now - 30 * DAY), epoch="another01")
    assert pass_by(10)["lag"] > 0
    assert 60.0 in [value for _, value in levels(sink)], "another shard takes its points"
    influxd.stop()
    influxd.start()
    said = pass_by(20)
    assert (said["state"], said["outlook"], said["lag"]) == ("idle", "well", 0)
    assert sorted(value for _, value in levels(sink)) == [1.0] * sent + [60.0]
    sink.close()


def test_a_range_anew_and_a_second_influxdb_from_nothing(
    house: House,
    sink: InfluxDB,
    influxd: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house.send(*[fill(i, ts=NOW - i * DAY) for i in range(8, 0, -1)])
    house.send(deposit("food_waste", "kitchen", seq=9), fill(95, seq=10), fill(96, seq=11))
    forwarder = Forwarder(house.store, sink, Metrics(), house.clock, seed=1)
    forwarder.step()
    whole = levels(sink)
    assert len(whole) == 10
    monkeypatch.setenv("LINLI_DATA_DIR", str(house.folder))
    monkeypatch.setenv("LINLI_INFLUXDB_URL", influxd.url)

    def refill(first_ms: int, end_ms: int) -> str:
        moments = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at / 1_000)) for at in (first_ms, end_ms)]
        assert main(["refill", "--from", moments[0], "--to", moments[1]]) == 0
        return capsys.readouterr().out

    # somebody deletes three days
    influxql.ask(sink._transport, f"DELETE WHERE time < {NOW - 5 * DAY}ms", "linli")
    assert len(levels(sink)) == 7
    assert "3 points written to InfluxDB 1.6.7" in refill(NOW - 9 * DAY, NOW - 5 * DAY)
    assert levels(sink) == whole
    assert "3 points written" in refill(NOW - 9 * DAY, NOW - 5 * DAY), "again, onto themselves"
    assert levels(sink) == whole

    monkeypatch.setenv("LINLI_INFLUXDB_BUCKET", "second")
    assert "12 points written" in refill(0, NOW + DAY)
    assert levels(sink, "second") == whole
    second = open_influxdb(influxd.url, "", "", "second")
    first_and_last = (0, NOW + DAY)
    for measurement in ("telemetry", "deposit", "alert"):
        assert second.count(measurement, *first_and_last) == sink.count(measurement, *first_and_last) > 0
    second.close()
    assert house.store.rewrites(10) == []


def test_a_dropped_database_is_filled_anew_while_ingest_goes_on(
    house: House, sink: InfluxDB, influxd: Any
) -> None:
    house.send(*[fill(i, ts=NOW - i * DAY) for i in range(8, 0, -1)])
    forwarder = Forwarder(house.store, sink, Metrics(), house.clock, seed=1)
    forwarder.step()
    whole = levels(sink)
    influxql.ask(sink._transport, 'DROP DATABASE "linli"')
    house.send(fill(50, seq=9))
    for _ in range(4):
        house.now += 40_000
        forwarder.step()
    assert set(whole) < set(levels(sink))
    assert (len(levels(sink)), house.store.forward_lag()) == (9, 0)
