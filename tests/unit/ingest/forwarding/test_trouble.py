"""What the forwarder does and says while nothing, or not so much, can be written."""

import pytest

from ingest.forwarding.forward import Forwarder
from ingest.metrics import Metrics
from linli.errors import HistoryFailed, HistoryRefused, HistoryUnavailable
from tests.unit.ingest.forwarding.watching import report
from tests.unit.ingest.house import fill


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
