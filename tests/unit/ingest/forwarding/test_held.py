"""Days and limits that keep out a part of the points: they wait, and nothing else does."""

import pytest

from ingest.forwarding.forward import Forwarder
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.metrics import Metrics
from linli.errors import HistoryFull
from linli.ports.forwarding import FORWARD_CURSOR
from tests.unit.ingest.forwarding.watching import report, until_idle
from tests.unit.ingest.house import fill
from tests.unit.ingest.series import DAY_MS


def test_a_day_that_cannot_be_written_holds_up_no_other(house, series, forwarder):
    yesterday = (house.now - DAY_MS) // DAY_MS
    series.broken = {yesterday}
    for seq, ts in ((2, house.now), (1, house.now - DAY_MS), (3, house.now)):
        house.send(fill(seq, seq=seq, ts=ts))
    forwarder.step()
    assert series.count("telemetry") == 2
    assert house.store.cursor(FORWARD_CURSOR) == 3
    assert [(first, last) for _, first, last in house.store.rewrites(10)] == [(2, 2)]
    said = report(house)
    assert (said["state"], said["outlook"], said["lag"]) == ("failing", "lasts", 1)
    assert "not attempting to open shard" in said["detail"]
    for i in range(4, 10):
        house.now += 1_000
        house.send(fill(i, seq=i))
        forwarder.step()
    assert series.count("telemetry") == 8, "what came meanwhile is there"
    series.broken = set()
    until_idle(house, forwarder)
    assert (series.count("telemetry"), house.store.rewrites(10)) == (9, [])
    assert (report(house)["outlook"], report(house)["lag"]) == ("well", 0)


def test_a_refused_point_is_counted_once_however_often_what_lies_around_it_is_tried(house, series):
    yesterday = house.now - DAY_MS
    series.broken = {yesterday // DAY_MS}
    house.send(fill(1, ts=yesterday))
    house.send(fill(2, seq=9, weight_kg=13.0), epoch="another09")
    house.send(fill(3, seq=2, ts=yesterday + 1))
    with house.sql() as db:
        db.execute("UPDATE events SET placed_ms = ? WHERE seq < 9", (yesterday,))
    metrics = Metrics()
    forwarder = Forwarder(house.store, series, metrics, house.clock, seed=1)
    for _ in range(20):
        house.now += 30_000
        forwarder.step()
    assert series.writes > 5, "it was tried again"
    series.broken = set()
    until_idle(house, forwarder)
    assert series.count("telemetry") == 2
    assert house.reasons() == {"point_rejected": 1}
    assert (forwarder.progress.rejected, report(house)["lag"]) == (1, 0)
    assert b'linli_ingest_dead_letters_total{reason="point_rejected"} 1.0' in metrics.page()


@pytest.mark.parametrize("what", ["an event", "an alert"])
def test_what_waits_is_written_though_something_new_finds_out_first_that_its_day_has_healed(
    house, series, forwarder, what
):
    series.broken = {house.now // DAY_MS}
    house.send(fill(1))
    for _ in range(5):
        house.now += 1_000
        forwarder.step()
    series.broken = set()
    house.now += 120_000  # the time of the day has come, and nobody has looked
    house.send(fill(95, seq=2), fill(96, seq=3) if what == "an alert" else fill(2, seq=3))
    until_idle(house, forwarder)
    for _ in range(3):
        house.now += 5_000
        forwarder.step()
    assert (series.count("telemetry"), house.store.rewrites(10)) == (3, [])


def test_a_day_that_is_broken_for_good_is_asked_seldom_and_everything_else_flows(house, series, forwarder):
    series.broken = {(house.now - DAY_MS) // DAY_MS}
    house.send(fill(2, ts=house.now - DAY_MS))
    house.now += 1_000
    seq = 2
    for _ in range(60):
        house.now += 10_000
        seq += 1
        house.send(fill(1, seq=seq))
        forwarder.step()
        forwarder.step()
    assert series.count("telemetry") == 60
    assert series.writes <= 60 + 20, "in ten minutes each event's own, and at last one a minute for the other"
    assert [(first, last) for _, first, last in house.store.rewrites(10)] == [(1, 1)]


@pytest.mark.parametrize("alert", [False, True])
def test_a_store_that_fails_at_everything_takes_up_no_time_and_loses_nothing(
    house, series, monkeypatch, alert
):
    """More waits than goes at once, and more comes all the time. An alert's day waits beside it."""
    series.broken = {house.now // DAY_MS, (house.now - DAY_MS) // DAY_MS}
    if alert:
        house.send(fill(95, ts=house.now - DAY_MS), fill(96, ts=house.now - DAY_MS + 1))
    sent = 2
    for _ in range(EVENTS_AT_ONCE // 200 + 2):
        house.send(*[fill(1, seq=sent + i) for i in range(1, 201)])
        sent += 200
    rows = []
    read = house.store.points_between

    def counted(first, last):
        rows.append(last - first + 1)
        return read(first, last)

    monkeypatch.setattr(house.store, "points_between", counted)
    forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    for _ in range(10):  # it finds out
        forwarder.step()
    rows.clear()
    series.writes = 0
    for _ in range(60):
        house.now += 5_000
        sent += 1
        house.send(fill(1, seq=sent))
        steps = 1
        while forwarder.step() == 0.0:
            steps += 1
            assert steps < 5, "it runs without rest"
    assert rows
    assert series.writes < 60
    assert sum(rows) <= 60 + 20 * EVENTS_AT_ONCE, "at each retry a piece, and not all that waits"
    assert house.store.forward_lag() >= sent - 2
    assert len(house.store.rewrites(10)) == 1
    series.broken = set()
    until_idle(house, forwarder)
    assert series.count("telemetry") == sent - 2 + 2 * alert


def test_a_full_store_is_given_what_it_still_takes(house, series, forwarder, monkeypatch):
    house.send(fill(1))
    forwarder.step()
    write = series.write

    def full(lines):
        write([line for line in lines if "device=bin-1" in line])
        if any("device=bin-1" not in line for line in lines):
            raise HistoryFull("max-series-per-database limit exceeded: (1) dropped=1")
        return []

    monkeypatch.setattr(series, "write", full)
    house.send(fill(2), device="garden/cam-1")
    house.send(fill(3, seq=2))
    forwarder.step()
    house.now += 1_000
    house.send(fill(4, seq=3))
    forwarder.step()
    assert series.count("telemetry") == 3
    assert (report(house)["state"], report(house)["outlook"], report(house)["lag"]) == ("failing", "lasts", 2)
    monkeypatch.undo()
    until_idle(house, forwarder)
    assert (series.count("telemetry"), report(house)["lag"]) == (4, 0)


def test_an_alert_that_cannot_be_written_now_keeps_back_none(house, series, forwarder):
    series.broken = {(house.now - DAY_MS) // DAY_MS}
    house.send(fill(95, ts=house.now - DAY_MS), fill(96, ts=house.now - DAY_MS + 1))
    house.send(fill(97, seq=3), fill(98, seq=4))
    house.send(fill(1, seq=5))
    forwarder.step()
    assert series.count("alert") == 1
    series.broken = set()
    until_idle(house, forwarder)
    house.now += 20_000
    forwarder.step()
    assert series.count("alert") == 2
