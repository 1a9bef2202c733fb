"""A refill from a real store, to a time-series store that does as it is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from ingest.__main__ import main
from ingest.forwarding.forward import Forwarder
from ingest.forwarding.refill import Refill, Refilled, Span
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.metrics import Metrics
from linli.errors import HistoryFailed, HistoryRefused, HistoryUnavailable
from tests.unit.ingest.house import NOW, House, deposit, fill
from tests.unit.ingest.series import DAY_MS, Series

ALL = Span(0, NOW + 10 * DAY_MS)


def refill(
    house: House, series: Series, span: Span = ALL, after: Callable[[float], None] | None = None
) -> Refilled:
    def wait(seconds: float) -> None:
        house.now += int(seconds * 1_000)
        if after is not None:
            after(seconds)

    return Refill(house.store, series, house.clock, lambda _: None, wait).run(span)


def test_a_span_is_written_and_nothing_beside_it(house: House, series: Series) -> None:
    house.send(*[fill(i, ts=NOW - i * DAY_MS) for i in range(8, 0, -1)], fill(95), fill(96))
    house.send(deposit("food_waste", "kitchen", ts=NOW - 3 * DAY_MS), epoch="anotherone")
    done = refill(house, series, Span(NOW - 4 * DAY_MS, NOW - 2 * DAY_MS))
    assert sorted(series.values("fill_pct")) == [3.0, 4.0]
    assert [series.count(m) for m in ("telemetry", "deposit", "alert")] == [2, 1, 0]
    assert (done.written, done.refused, done.done, done.to) == (3, 0, done.total, "memory")
    refill(house, series)
    assert [series.count(m) for m in ("telemetry", "deposit", "alert")] == [10, 1, 1]


def test_it_is_what_the_forwarder_wrote(house: House, series: Series) -> None:
    house.send(fill(95), fill(96), deposit("battery", "kitchen"), fill(10, ts=NOW - DAY_MS))
    forwarded = Series()
    Forwarder(house.store, forwarded, Metrics(), house.clock, seed=1).step()
    refill(house, series)
    assert series.points == forwarded.points
    before = house.dump()
    refill(house, series)
    assert (series.points, house.dump()) == (forwarded.points, before)


def test_a_long_span_goes_in_pieces_that_find_their_beginning(house: House, series: Series) -> None:
    for start in range(0, EVENTS_AT_ONCE + 200, 200):
        house.send(*[fill(1, seq=start + i) for i in range(1, 201)])
    house.now += 5 * DAY_MS
    house.send(fill(2, seq=EVENTS_AT_ONCE + 201))
    assert refill(house, series, Span(NOW + 4 * DAY_MS, NOW + 6 * DAY_MS)).total == 1
    assert series.count("telemetry") == 1
    assert refill(house, series).total == EVENTS_AT_ONCE + 201
    assert series.count("telemetry") == EVENTS_AT_ONCE + 201


def test_an_influxdb_that_is_away_for_a_while_is_waited_for(house: House, series: Series) -> None:
    house.send(fill(1), fill(95), fill(96))
    series.trouble = HistoryUnavailable("connection refused")
    waits: list[float] = []

    def after(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 6:
            series.trouble = None

    refill(house, series, after=after)
    assert (series.count("telemetry"), series.count("alert")) == (3, 1)
    assert waits[0] < waits[-1]


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (HistoryUnavailable("connection refused"), "connection refused"),
        (HistoryRefused("answered 401: unauthorized access"), "401"),
    ],
)
def test_one_that_does_not_come_back_is_said(
    house: House, series: Series, trouble: Exception, says: str
) -> None:
    house.send(fill(1))
    series.trouble = trouble  # type: ignore[assignment]
    with pytest.raises(type(trouble), match=says):
        refill(house, series)


def test_a_day_that_cannot_be_written_holds_up_no_other_and_comes_when_it_can(
    house: House, series: Series
) -> None:
    yesterday = (house.now - DAY_MS) // DAY_MS
    series.broken = {yesterday}
    for seq, event in ((3, fill(95)), (1, fill(2, ts=house.now - DAY_MS)), (4, fill(96)),
                       (2, fill(3, ts=house.now - DAY_MS + 1))):  # fmt: skip
        house.send(event | {"seq": seq})
    others: list[int] = []

    def after(_seconds: float) -> None:
        others.append(series.count("telemetry"))
        if len(others) == 3:
            series.broken = set()

    refill(house, series, after=after)
    assert others == [2, 2, 2]
    assert series.count("telemetry") == 4
    series.broken = {yesterday}
    with pytest.raises(HistoryFailed, match="not attempting to open shard"):
        refill(house, series)


def test_a_point_that_is_refused_is_told_and_is_no_second_dead_letter(house: House, series: Series) -> None:
    house.send(fill(10), fill(11, weight_kg=13.0), fill(12))
    done = refill(house, series)
    assert (done.written, done.refused, done.why) == (2, 1, "event 2: thirteen")
    assert house.reasons() == {}


def test_an_influxdb_that_it_makes_anew_is_not_thought_full_by_the_forwarder(
    house: House, series: Series
) -> None:
    house.send(fill(95, ts=NOW - DAY_MS), fill(96, ts=NOW - DAY_MS + 1), fill(1))
    forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    forwarder.step()
    before = series.points.copy()
    series.missing = True
    refill(house, series, Span(NOW - 1, NOW + 1))
    assert series.count("telemetry") == 1
    house.now += 10_000
    for _ in range(3):
        forwarder.step()
    assert series.points == before
    second = Series(name="memory/2", missing=True)
    refill(house, second)
    assert house.store.rewrites(10) == [], "another store is no business of the forwarder's"


def test_a_bucket_that_it_makes_anew_is_filled_by_the_forwarder_that_runs(
    house: House, series: Series
) -> None:
    """2.x gives it another id, and takes what is written by its name."""
    house.send(*[fill(i, ts=NOW - (9 - i) * DAY_MS) for i in range(1, 9)], fill(95), fill(96))
    forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    forwarder.step()
    assert [series.count(m) for m in ("telemetry", "alert")] == [10, 1]
    series.missing, series.name = True, "memory/2"
    refill(house, series, Span(NOW - 2 * DAY_MS, NOW - DAY_MS))
    assert series.count("telemetry") < 10
    for _ in range(15):
        house.now += 5_000
        forwarder.step()
    assert [series.count(m) for m in ("telemetry", "alert")] == [10, 1]
    assert house.store.forward_lag() == 0
    assert series.opened < 6, "it looks once a minute"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--from", "2026-05-02", "--to", "2026-05-01"], 2, "--from must be before --to"),
        (["--from", "2026-05-01", "--to", "2026-05-02"], 1, "LINLI_INFLUXDB_URL is not set"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    says: str,
) -> None:
    monkeypatch.setenv("LINLI_DATA_DIR", str(house.folder))
    assert main(["refill", *arguments]) == status
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_a_time_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["refill", "--from", "yesterday", "--to", "2026-05-02"])
    assert "'yesterday' is no day and no time" in capsys.readouterr().err


def test_who_waits_is_told_so_and_may_break_off(house: House, free_port: Callable[[], int]) -> None:
    command = [sys.executable, "-m", "ingest", "refill", "--from", "2026-05-01", "--to", "2026-05-02"]
    environ = os.environ | {
        "LINLI_DATA_DIR": str(house.folder),
        "LINLI_INFLUXDB_URL": f"http://127.0.0.1:{free_port()}",
    }
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind a `&`
    try:
        started = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with started as refilling:
        assert refilling.stderr is not None
        first = refilling.stderr.readline()
        refilling.send_signal(signal.SIGINT)
        rest = refilling.stderr.read()
    assert "does not answer: Connection refused" in first
    assert refilling.returncode == 1
    assert rest.rstrip().endswith("broken off after 0 points; begin again")
    assert "Traceback" not in rest
