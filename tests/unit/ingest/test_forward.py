from dataclasses import dataclass, field

import pytest

from ingest.forward import ALERTS, POINTS_AT_ONCE, Forwarder
from ingest.metrics import Metrics
from linli.errors import HistoryError, HistoryRefused, HistoryUnavailable
from linli.points import Point
from linli.ports.history import RejectedPoint
from linli.ports.operational import FORWARD_CURSOR
from tests.unit.ingest.house import House, deposit, fill


@dataclass
class Series:
    """A time-series store in memory: what is written again lands on itself; `trouble` is raised instead."""

    points: dict[tuple[str, str, int], Point] = field(default_factory=dict)
    trouble: HistoryError | None = None
    opened: int = 0
    writes: int = 0

    def open(self) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.opened += 1
        return "memory"

    def write(self, points):
        if self.trouble is not None:
            raise self.trouble
        self.writes += 1
        rejected = []
        for index, point in enumerate(points):
            if point.fields.get("weight_kg") == 13.0:
                rejected.append(RejectedPoint(index, "thirteen"))
            else:
                self.points[point.measurement, repr(sorted(point.tags.items())), point.time_ns] = point
        return rejected

    def count(self, measurement: str) -> int:
        return sum(key[0] == measurement for key in self.points)


@pytest.fixture
def series() -> Series:
    return Series()


@pytest.fixture
def forwarder(house: House, series: Series) -> Forwarder:
    return Forwarder(house.store, series, Metrics(), house.clock, seed=1)


def test_every_event_and_alert_becomes_its_point(house, series, forwarder):
    house.send(fill(95), fill(96), deposit("food_waste", "kitchen"), {"kind": "fault", "code": "scale"})
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "deposit", "alert")] == [2, 1, 1]
    (point,) = [p for p in series.points.values() if p.measurement == "deposit"]
    assert (point.fields["correct"], point.fields["verdict"], point.tags["building"]) == (
        1.0,
        "correct",
        "b1",
    )
    assert house.store.cursor(FORWARD_CURSOR) == 4
    assert house.store.cursor(ALERTS) == 1
    assert house.store.forward_lag() == 0
    assert forwarder.progress.state == "idle"


def test_away_it_waits_longer_each_time_says_so_and_then_all_arrives(house, series, forwarder):
    house.send(*[fill(i) for i in range(1, 51)])
    series.trouble = HistoryUnavailable("connection refused")
    waits = []
    for _ in range(12):
        house.now += 1_000
        waits.append(forwarder.step())
    assert waits[0] < 1 < waits[3] < waits[11] <= 72
    report, _ = house.store.reports()["forwarder"]
    assert b'"state":"away"' in report
    assert b"connection refused" in report
    assert b'"lag":50' in report
    series.trouble = None
    house.now += 1_000
    assert forwarder.step() < 1
    assert series.count("telemetry") == 50
    report, _ = house.store.reports()["forwarder"]
    assert b'"state":"idle","detail":"memory","lag":0' in report, "the trouble is over and not said any more"


def test_refused_it_asks_slowly_and_looks_anew_at_what_is_there(house, series, forwarder):
    house.send(fill(10))
    forwarder.step()
    series.trouble = HistoryRefused("401 unauthorized")
    house.send(fill(11, seq=2))
    house.now += 2_000
    assert forwarder.step() >= 30
    assert b'"state":"refused"' in house.store.reports()["forwarder"][0]
    series.trouble = None
    forwarder.step()
    assert (series.opened, series.count("telemetry")) == (2, 2)


def test_a_point_that_can_never_be_written_holds_up_nobody(house, series, forwarder):
    house.send(fill(10), fill(11, weight_kg=13.0), fill(12))
    forwarder.step()
    assert series.count("telemetry") == 2
    assert house.reasons() == {"point_rejected": 1}
    (letter,) = house.store.dead_letters()
    assert (letter.detail, letter.topic) == ("thirteen", "linli/v1/garden/bin-1/events")
    assert house.store.forward_lag() == 0


def test_an_unknown_device_is_passed_over_and_written_when_it_is_accepted(house, series, forwarder):
    house.send(fill(10), deposit("battery", "hazardous"), device="garden/bin-7")
    forwarder.step()
    assert series.points == {}
    house.accept("bin-7", kitchen="kitchen")
    house.acceptance.step()
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "deposit")] == [1, 1]
    assert house.store.rewrites(10) == []


def test_it_starts_where_it_stopped_and_what_is_repeated_lands_on_itself(
    house, series, forwarder, monkeypatch
):
    house.send(*[fill(i % 90) for i in range(1, 101)])
    monkeypatch.setattr(house.store, "set_cursor", _dies)
    with pytest.raises(KeyboardInterrupt):
        forwarder.step()
    monkeypatch.undo()
    Forwarder(house.store, series, Metrics(), house.clock).step()
    assert series.count("telemetry") == 100


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_long_backlog_goes_in_bounded_pieces(house, series, forwarder):
    for start in range(0, POINTS_AT_ONCE + 200, 200):
        house.send(*[fill(1, seq=start + i) for i in range(1, 201)])
    assert forwarder.step() == 0.0
    assert series.count("telemetry") == POINTS_AT_ONCE
    assert forwarder.step() > 0.0
    assert series.count("telemetry") == POINTS_AT_ONCE + 200


def test_a_fault_of_ours_is_said_and_tried_again(house, series, forwarder, monkeypatch, caplog):
    house.send(fill(10))

    def fails(_points):
        raise KeyError("index")

    monkeypatch.setattr(series, "write", fails)
    waits = [forwarder.step() for _ in range(6)]
    assert waits[0] < waits[-1]
    assert (forwarder.progress.state, forwarder.progress.detail) == ("fault", "'index'")
    assert any(record.exc_info for record in caplog.records)
    monkeypatch.undo()
    forwarder.step()
    assert (forwarder.progress.state, series.count("telemetry")) == ("idle", 1)


def test_an_event_that_no_point_can_be_made_of_is_told_and_counted(house, series):
    house.send(fill(10), deposit("battery", "hazardous"), fill(11))
    with house.sql() as db:
        db.execute("UPDATE events SET body = x'7B' WHERE id = 1")
        db.execute("DELETE FROM deposits")
    metrics = Metrics()
    Forwarder(house.store, series, metrics, house.clock, seed=1).step()
    assert series.count("telemetry") == 1
    assert house.reasons() == {"point_rejected": 2}
    assert "without a verdict" in house.store.dead_letters()[0].detail
    assert b'linli_ingest_dead_letters_total{reason="point_rejected"} 2.0' in metrics.page()
    assert house.store.forward_lag() == 0


def test_who_comes_late_writes_all_history_and_is_behind_from_its_first_step(house, series, forwarder):
    house.send(fill(10), device="garden/bin-7")
    house.accept("bin-7")
    house.acceptance.step()
    house.send(fill(11))
    assert (house.store.forward_lag(), house.store.rewrites(10)) == (0, [])
    series.trouble = HistoryUnavailable("not there yet")
    forwarder.step()
    assert house.store.forward_lag() == 2
    series.trouble = None
    forwarder.step()
    assert (house.store.forward_lag(), series.count("telemetry")) == (0, 2)
