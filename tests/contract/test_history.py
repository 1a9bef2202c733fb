"""What every history owes: the same telemetry in, the same answers out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from linli.errors import HistoryUnavailable, InvalidQuery
from linli.points import telemetry_line
from linli.ports.commit_group import CommitGroup
from linli.ports.history import History, SeriesQuery
from linli.ports.operational import Bucket
from linli.ports.rows import EventRow, HourRow, PlaceRow
from stores.history import OperationalHistory, open_history
from stores.influxdb import InfluxDB, open_influxdb
from stores.operational import open_store, sqlite_url
from tests.contract.samples import EPOCH, HOUR, INVENTORY, MINUTE, NOON, event, hours, nothing, telemetry

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + 6 * HOUR)


class Kept(Protocol):
    """A history, and the way telemetry comes into it."""

    history: History

    def write(self, events: list[EventRow]) -> None: ...


class InOperational:
    def __init__(self, path: Path) -> None:
        self.store = open_store(sqlite_url(path))
        self.store.seed(INVENTORY, NOON)
        self.history: History = OperationalHistory(self.store)
        self._open: dict[tuple[str, str], HourRow] = {}

    def write(self, events: list[EventRow]) -> None:
        """As ingest does: the newest hour stays with its place until a later one comes."""
        group = CommitGroup(events=events)
        for row in hours(events):
            key = (row.device, row.compartment)
            before = self._open.get(key)
            if before is not None and row.hour_ms < before.hour_ms:
                group.hours.append(row)
                continue
            self._open[key] = row
            if before is not None:
                group.hours.append(before)
        group.places = [PlaceRow("garden", *key, {}, row) for key, row in self._open.items()]
        self.store.commit(group, self.store.operator_version())


class InInfluxDB:
    def __init__(self, url: str) -> None:
        self.influxdb: InfluxDB = open_influxdb(url, "", "", "linli")
        self.influxdb.open(nothing)
        self.history: History = self.influxdb

    def write(self, events: list[EventRow]) -> None:
        lines = [
            telemetry_line(row.community, row.building, row.device, row.placed_ms, row.seq, row.body)
            for row in events
        ]
        assert self.influxdb.write(lines) == []
        # VictoriaMetrics shows what was written after a second, or when it is asked to.
        self.influxdb.count("telemetry", NOON, NOON + 1)


@pytest.fixture(params=["operational", "influxd", "victoria"])
def kept(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "operational":
        made = InOperational(tmp_path)
        yield made
        made.store.close()
    else:
        written = InInfluxDB(request.getfixturevalue(request.param).url)
        yield written
        written.influxdb.close()


def test_values_come_in_order_of_time_whatever_the_order_of_writing(kept: Kept) -> None:
    kept.write([telemetry(n, NOON + n * MINUTE, fill_pct=float(n)) for n in (3, 1, 2)])
    kept.write([telemetry(4, NOON - MINUTE, fill_pct=4.0), telemetry(5, NOON, fill_pct=0.5)])
    assert kept.history.series(QUERY) == [
        Bucket(NOON, 0.5),
        *(Bucket(NOON + n * MINUTE, float(n)) for n in (1, 2, 3)),
    ]


def test_a_range_holds_its_start_and_not_its_end(kept: Kept) -> None:
    kept.write([telemetry(n + 1, NOON + n * 1000, fill_pct=float(n)) for n in range(10)])
    found = kept.history.series(replace(QUERY, start_ms=NOON + 3000, end_ms=NOON + 6000))
    assert [bucket.value for bucket in found] == [3.0, 4.0, 5.0]


def test_one_place_and_channel_never_answers_for_another(kept: Kept) -> None:
    kept.write(
        [
            telemetry(1, NOON, "k1", fill_pct=1.0, weight_kg=9.0),
            telemetry(2, NOON + 1000, "o1", fill_pct=2.0),
            telemetry(3, NOON + 2000, None, fill_pct=3.0, battery_pct=80.0, lid_open=True),
            event(
                1,
                {"kind": "telemetry", "compartment": "k1", "fill_pct": 4.0},
                at_ms=NOON + 3000,
                device="bin-2",
            ),
        ]
    )

    def values(**changed: Any) -> list[float]:
        return [bucket.value for bucket in kept.history.series(replace(QUERY, **changed))]

    assert values() == [1.0]
    assert values(compartment="o1") == [2.0]
    assert values(compartment="") == [3.0]
    assert values(compartment="", channel="lid_open") == [1.0]
    assert values(compartment="", channel="battery_pct") == [80.0]
    assert values(device="bin-2") == [4.0]
    assert values(device="bin-3") == values(community="park") == values(channel="humidity_pct") == []


@pytest.mark.parametrize("step_ms", [MINUTE, 15 * MINUTE, HOUR, 3 * HOUR])
@pytest.mark.parametrize("shift", [0, 7 * MINUTE + 123])
def test_means_count_their_intervals_from_1970(kept: Kept, step_ms: int, shift: int) -> None:
    events = [
        telemetry(n, NOON + n * 7 * MINUTE + 11, fill_pct=float(n * n % 101)) for n in range(60) if n % 9
    ]
    kept.write(events)
    query = replace(QUERY, start_ms=NOON + shift, end_ms=NOON + 5 * HOUR + 2 * shift, step_ms=step_ms)
    expected: dict[int, list[float]] = {}
    for n in range(60):
        at_ms = NOON + n * 7 * MINUTE + 11
        if n % 9 and query.start_ms <= at_ms < query.end_ms:
            expected.setdefault(at_ms - at_ms % step_ms, []).append(float(n * n % 101))
    assert len(expected) > 1
    found = kept.history.series(query)
    assert [bucket.at_ms for bucket in found] == sorted(expected)
    assert [bucket.value for bucket in found] == [
        pytest.approx(sum(expected[bucket.at_ms]) / len(expected[bucket.at_ms])) for bucket in found
    ]
    assert kept.history.series(replace(query, limit=2)) == found[:2]


def test_a_limit_keeps_the_earliest(kept: Kept) -> None:
    kept.write([telemetry(n + 1, NOON + n * 10 * MINUTE, fill_pct=float(n)) for n in range(30)])
    found = kept.history.series(replace(QUERY, start_ms=NOON + 1, limit=9))
    assert [bucket.value for bucket in found] == [float(n) for n in range(1, 10)]


def test_a_device_with_a_new_outbox_goes_on_in_the_same_series(kept: Kept) -> None:
    body = {"kind": "telemetry", "compartment": "k1"}
    kept.write(
        [
            event(n, {**body, "fill_pct": float(n + shift)}, at_ms=NOON + (n + shift) * MINUTE, epoch=epoch)
            for epoch, shift in ((EPOCH, 0), ("anotherone", 3))
            for n in (1, 2, 3)
        ]
    )
    assert [bucket.value for bucket in kept.history.series(QUERY)] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert kept.history.series(replace(QUERY, step_ms=HOUR)) == [Bucket(NOON, 3.5)]


@pytest.mark.parametrize(
    "wrong", [{"end_ms": NOON}, {"end_ms": NOON - 1}, {"step_ms": 0}, {"step_ms": -5}, {"limit": 0}]
)
def test_a_question_that_makes_no_sense_is_said_to(kept: Kept, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery):
        kept.history.series(replace(QUERY, **wrong))


@pytest.mark.parametrize(
    "name", ['x" OR "a" = "a', "x'; DROP DATABASE linli --", 'x"} or {a="', "温度\\", "$x"]
)
def test_a_name_is_a_name_whatever_is_in_it(kept: Kept, name: str) -> None:
    kept.write([telemetry(1)])
    for field in ("community", "device", "compartment", "channel"):
        changed: dict[str, Any] = {field: name}
        assert kept.history.series(replace(QUERY, **changed)) == []
    assert [bucket.value for bucket in kept.history.series(QUERY)] == [50.0]


def test_two_events_of_one_moment_are_two_values(tmp_path: Path, influxd) -> None:
    """Their numbers keep them apart; VictoriaMetrics has only milliseconds, and cannot."""
    for kept in (InOperational(tmp_path), InInfluxDB(influxd.url)):
        kept.write([telemetry(1, NOON, fill_pct=1.0), telemetry(2, NOON, fill_pct=2.0)])
        assert kept.history.series(QUERY) == [Bucket(NOON, 1.0), Bucket(NOON, 2.0)]


def test_the_history_is_chosen_by_the_url(tmp_path: Path, free_port: Callable[[], int]) -> None:
    store = open_store(sqlite_url(tmp_path))
    assert isinstance(open_history("", "", "", "linli", store), OperationalHistory)
    away = open_history(f"http://127.0.0.1:{free_port()}", "", "", "linli", store)
    with pytest.raises(HistoryUnavailable):
        away.series(QUERY)
    store.close()
    with pytest.raises(InvalidQuery):
        away.series(replace(QUERY, limit=0))


def test_hours_are_answered_from_their_sums(tmp_path: Path) -> None:
    """The sums alone must be enough for whole hours: here the events' bodies are gone."""
    kept = InOperational(tmp_path)
    kept.write([telemetry(n, NOON + n * MINUTE, fill_pct=float(n)) for n in range(180)])
    with kept.store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE events SET body = '{}'")
    found = kept.history.series(replace(QUERY, end_ms=NOON + 3 * HOUR, step_ms=HOUR))
    assert found == [Bucket(NOON + n * HOUR, 60 * n + 29.5) for n in range(3)]
    assert kept.history.series(replace(QUERY, end_ms=NOON + 3 * HOUR)) == []
    kept.store.close()
