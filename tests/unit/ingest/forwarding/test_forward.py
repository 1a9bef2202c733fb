import msgspec
import pytest

from ingest.forwarding.forward import Forwarder
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.forwarding.target import ALERTS
from ingest.metrics import Metrics
from linli.errors import HistoryFailed, HistoryFull, HistoryRefused, HistoryUnavailable
from linli.ports.forwarding import FORWARD_CURSOR
from tests.unit.ingest.house import House, deposit, fill
from tests.unit.ingest.series import DAY_MS, Series


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
    (((place, _), fields),) = [item for item in series.points.items() if item[0][0].startswith("deposit")]
    assert place == "deposit,building=b1,community=garden,compartment=kitchen,device=bin-1,kind=kitchen"
    assert fields == 'verdict="correct",correct=1.0,item="food_waste",confidence=0.9'
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
    assert forwarder.step() <= 1
    assert series.count("telemetry") == 50
    report, _ = house.store.reports()["forwarder"]
    assert b'"state":"idle","detail":"memory","outlook":"well","lag":0' in report, (
        "the trouble is not said any more"
    )


def test_refused_it_asks_slowly_and_looks_anew_at_what_is_there(house, series, forwarder):
    house.send(fill(10))
    forwarder.step()
    series.trouble = HistoryRefused("401 unauthorized")
    house.send(fill(11, seq=2))
    house.now += 2_000
    assert forwarder.step() >= 30
    assert (
        b'"state":"refused","detail":"401 unauthorized","outlook":"lasts"'
        in house.store.reports()["forwarder"][0]
    )
    series.trouble = None
    forwarder.step()
    assert (series.opened, series.count("telemetry")) == (2, 2)


def test_a_point_that_can_never_be_written_holds_up_nobody(house, series, forwarder):
    house.send(fill(10), fill(11, weight_kg=13.0), fill(12))
    forwarder.step()
    assert series.count("telemetry") == 2
    assert house.reasons() == {"point_rejected": 1}
    (letter,) = house.store.dead_letters()
    assert (letter.detail, letter.topic) == ("event 2: thirteen", "linli/v1/garden/bin-1/events")
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
    for start in range(0, EVENTS_AT_ONCE + 200, 200):
        house.send(*[fill(1, seq=start + i) for i in range(1, 201)])
    assert forwarder.step() == 0.0
    assert series.count("telemetry") == EVENTS_AT_ONCE
    assert forwarder.step() > 0.0
    assert series.count("telemetry") == EVENTS_AT_ONCE + 200


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


def report(house):
    return msgspec.json.decode(house.store.reports()["forwarder"][0])


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


def until_idle(house, forwarder, tries: int = 50):
    for _ in range(tries):
        house.now += 5_000
        forwarder.step()
        if forwarder.progress.state == "idle":
            return
    raise AssertionError(forwarder.progress)


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


def test_a_new_store_is_filled_though_a_day_cannot_be_written_and_more_comes(house, series, forwarder):
    """What waits at the end of the range in hand does not send it back to its beginning."""
    sent = 0
    for _ in range(2 * EVENTS_AT_ONCE // 200 + 1):
        house.send(*[fill(1, seq=sent + i, ts=house.now - 2 * DAY_MS + i) for i in range(1, 201)])
        sent += 200
    forwarder.step()
    forwarder.step()
    forwarder.step()
    forwarder.close()
    series.name, series.broken = "memory/2", {house.now // DAY_MS}
    series.points.clear()
    again = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    for _ in range(8):
        sent += 1
        house.now += 100
        house.send(fill(2, seq=sent))
        again.step()
    assert series.count("telemetry") == sent - 8


@pytest.mark.parametrize("opened", [False, True])
def test_what_goes_on_failing_is_said_not_to_heal_by_itself(house, series, forwarder, opened):
    house.send(fill(1))
    if opened:
        forwarder.step()
    series.trouble = HistoryFailed("answered 500: internal error")
    house.send(fill(2, seq=2))
    house.now += 1_000
    forwarder.step()
    assert (report(house)["state"], report(house)["outlook"]) == ("failing", "passes")
    for _ in range(70):
        house.now += 10_000
        forwarder.step()
    assert (report(house)["state"], report(house)["outlook"]) == ("failing", "lasts")


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


def test_a_store_that_asks_to_be_left_alone_is(house, series, forwarder):
    house.send(fill(1))
    series.trouble = HistoryUnavailable("answered 429: slow down", retry_after_s=17.0)
    assert forwarder.step() == 17.0
    series.trouble = None
    forwarder.step()
    assert series.count("telemetry") == 1


def test_what_was_too_much_at_once_is_sent_in_smaller_pieces(house, series, forwarder, monkeypatch):
    for start in range(0, 2_000, 200):
        house.send(*[fill(1, seq=start + i) for i in range(1, 201)])
    write = series.write

    def slow(lines):
        if len(lines) > 300:
            raise HistoryUnavailable("timed out")
        return write(lines)

    monkeypatch.setattr(series, "write", slow)
    for _ in range(60):
        forwarder.step()
    assert series.count("telemetry") == 2_000


@pytest.mark.parametrize("how", ["made", "another"])
def test_a_store_that_has_nothing_yet_gets_all_that_is_kept(house, series, forwarder, how):
    house.send(fill(95), fill(96), fill(10))
    forwarder.step()
    before = series.points.copy()
    if how == "made":  # somebody dropped the database
        series.missing = True
        series.trouble = HistoryRefused("database not found")
        house.send(fill(11, seq=4))
        forwarder.step()
        series.trouble = None
    else:
        series.name = "memory/2"
        series.points.clear()
        house.send(fill(11, seq=4))
        forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    until_idle(house, forwarder)
    assert before.items() <= series.points.items()
    assert [series.count(m) for m in ("telemetry", "alert")] == [4, 2]
    assert house.store.forward_lag() == 0


def test_a_store_made_anew_is_filled_though_ingest_dies_just_then(house, series, forwarder):
    house.send(fill(1))
    forwarder.step()
    forwarder.close()
    series.missing = True
    opened = series.open

    def dies(on_empty):
        on_empty()
        series.points.clear()
        series.missing = False
        raise KeyboardInterrupt

    series.open = dies
    with pytest.raises(KeyboardInterrupt):
        Forwarder(house.store, series, Metrics(), house.clock, seed=1).step()
    series.open = opened
    until_idle(house, Forwarder(house.store, series, Metrics(), house.clock, seed=1))
    assert series.count("telemetry") == 1


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


def test_how_long_it_is_behind_is_said_and_counted(house, series):
    metrics = Metrics()
    forwarder = Forwarder(house.store, series, metrics, house.clock, seed=1)
    house.send(fill(1))
    series.trouble = HistoryRefused("401 unauthorized")
    house.now += 120_000
    forwarder.step()
    assert report(house)["behind_s"] == 120
    page = metrics.page()
    assert b"linli_ingest_forward_behind_seconds 120.0" in page
    assert b"linli_ingest_forward_stuck 1.0" in page
    assert b"linli_ingest_forward_lag 1.0" in page
    assert b'linli_ingest_forward_state{state="refused"} 1.0' in page
    assert b'linli_ingest_forward_state{state="idle"} 0.0' in page
