import pytest

from ingest.forwarding import forward
from ingest.forwarding.forward import Forwarder
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.forwarding.target import ALERTS
from ingest.metrics import Metrics
from linli.errors import HistoryUnavailable
from linli.ports.forwarding import FORWARD_CURSOR
from tests.unit.ingest.house import deposit, fill


def test_every_event_and_alert_becomes_its_point(house, series, forwarder):
    house.send(fill(95), fill(96), deposit("food_waste", "kitchen"), {"kind": "fault", "code": "scale"})
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "deposit", "alert")] == [2, 1, 1]
    (((place, _), fields),) = [item for item in series.points.items() if item[0][0].startswith("deposit")]
    assert place == "deposit,building=b1,community=garden,compartment=kitchen,device=bin-1,kind=kitchen"
    assert fields == 'verdict="correct",correct=1.0,item="food_waste",confidence=0.9'
    assert house.store.cursor(FORWARD_CURSOR) == 4
    assert house.store.cursor(ALERTS) == 1
    assert house.store.forward_lag() == 0
    assert forwarder.progress.state == "idle"


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
    for start in range(0, EVENTS_AT_ONCE + 200, 200):
        house.send(*[fill(1, seq=start + i) for i in range(1, 201)])
    assert forwarder.step() == 0.0
    assert series.count("telemetry") == EVENTS_AT_ONCE
    assert forwarder.step() > 0.0
    assert series.count("telemetry") == EVENTS_AT_ONCE + 200


def test_alerts_have_their_turn_once_a_second_while_many_events_wait(house, series, monkeypatch):
    monkeypatch.setattr(forward, "EVENTS_AT_ONCE", 10)
    house.send(*[fill(1, seq=seq) for seq in range(1, 61)])
    forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    forwarder.step()
    house.send(fill(95, seq=61), fill(96, seq=62))
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "alert")] == [20, 0]
    house.now += 1_000
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "alert")] == [30, 1]
    while forwarder.step() == 0.0:
        pass
    assert series.count("telemetry") == 62


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


def test_a_point_that_can_never_be_written_holds_up_nobody(house, series, forwarder):
    house.send(fill(10), fill(11, weight_kg=13.0), fill(12))
    forwarder.step()
    assert series.count("telemetry") == 2
    assert house.reasons() == {"point_rejected": 1}
    (letter,) = house.store.dead_letters()
    assert (letter.detail, letter.topic) == ("event 2: thirteen", "linli/v1/garden/bin-1/events")
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
