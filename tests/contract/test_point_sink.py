"""What every time-series store owes to the forwarder, on real servers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from linli.errors import HistoryRefused, HistoryUnavailable
from linli.points import Point, alert_point, telemetry_point
from linli.ports.history import PointSink
from stores.influxdb import InfluxDB, influxql, open_influxdb
from stores.influxdb.lines import TIME_MAX_NS
from tests.contract.samples import MINUTE, NOON

NS = 1_000_000
ALL = (NOON - 365 * 86_400_000, NOON + 86_400_000)


def point(n: int, **fields: Any) -> Point:
    tags = {"community": "garden", "building": "b1", "device": "bin-1", "compartment": "k1"}
    return Point("telemetry", tags, fields or {"fill_pct": float(n % 100)}, (NOON + n * 1000) * NS + n)


@pytest.fixture(params=["influxd", "victoria"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def sink(server: Any) -> Iterator[InfluxDB]:
    opened = open_influxdb(server.url, "", "home", "linli")
    yield opened
    opened.close()


@pytest.fixture
def influxdb(influxd: Any) -> Iterator[InfluxDB]:
    opened = open_influxdb(influxd.url, "", "", "linli")
    yield opened
    opened.close()


def select(sink: InfluxDB, query: str) -> list[list[Any]]:
    return [row for series in influxql.ask(sink._transport, query, "linli") for row in series.values]


def test_it_is_a_sink_that_says_what_it_found(sink: InfluxDB, server: Any) -> None:
    port: PointSink = sink
    said = port.open()
    assert port.open() == said
    assert "VictoriaMetrics" in said or "InfluxDB 1.6.7" in said


def test_points_are_written_and_counted(sink: InfluxDB) -> None:
    assert sink.write([point(n) for n in range(500)]) == []
    assert sink.count("telemetry", *ALL) == 500
    assert sink.count("telemetry", NOON, NOON + 10_000) == 10
    assert sink.count("deposit", *ALL) == 0
    assert sink.write([]) == []


def test_points_differ_by_place_and_sparse_fields_are_one_point(sink: InfluxDB) -> None:
    sink.write(
        [
            point(1, fill_pct=1.0),
            point(2, weight_kg=2.0),
            point(3, fill_pct=1.0, weight_kg=2.0, temperature_c=21.5),
            replace(point(3), tags={"community": "garden", "device": "bin-2"}),
            alert_point("garden", "b1", "bin-1", "heat", "firing", "critical", NOON, 1),
        ]
    )
    assert sink.count("telemetry", *ALL) == 4
    assert sink.count("alert", *ALL) == 1


def test_what_is_written_again_lands_on_itself(sink: InfluxDB) -> None:
    points = [point(n) for n in range(50)]
    for _ in range(3):
        assert sink.write(points) == []
    assert sink.count("telemetry", *ALL) == 50


def test_what_no_line_can_say_is_rejected_before_it_is_sent(sink: InfluxDB) -> None:
    impossible = [
        point(1, fill_pct=float("nan")),
        point(2, fill_pct=float("inf")),
        replace(point(3), fields={}),
        replace(point(4), tags={"device": "a\nb c=1 2"}),
        replace(point(5), tags={"device": "ends in \\"}),
        replace(point(6), time_ns=TIME_MAX_NS + 1),
        replace(point(7), time_ns=-1),
        replace(point(8), tags={"device": ""}),
    ]
    good = [point(n) for n in range(20, 30)]
    rejected = sink.write([*good[:5], *impossible, *good[5:]])
    assert [one.index for one in rejected] == list(range(5, 13))
    assert all(one.detail for one in rejected)
    assert sink.count("telemetry", *ALL) == 10


def test_a_server_that_is_away_is_unavailable_and_back_again(sink: InfluxDB, server: Any) -> None:
    assert sink.write([point(1)]) == []
    server.stop()  # killed, VictoriaMetrics forgets what it had acknowledged
    for _ in range(2):
        with pytest.raises(HistoryUnavailable):
            sink.write([point(2)])
        with pytest.raises(HistoryUnavailable):
            sink.open()
    server.start()
    assert sink.write([point(2)]) == []
    assert sink.count("telemetry", *ALL) == 2


# --- InfluxDB 1.6.7 alone: VictoriaMetrics takes all of this without a word ------------------------


def test_kill_9_keeps_what_was_acknowledged(influxdb: InfluxDB, influxd: Any) -> None:
    for start in range(0, 2000, 500):
        assert influxdb.write([point(n) for n in range(start, start + 500)]) == []
    influxd.kill()
    influxd.start()
    assert influxdb.count("telemetry", *ALL) == 2000


def test_the_database_is_made_when_missing_even_while_running(influxdb: InfluxDB) -> None:
    assert influxdb.write([point(1)]) == []
    influxql.ask(influxdb._transport, 'DROP DATABASE "linli"')
    with pytest.raises(HistoryRefused, match="database not found"):
        influxdb.write([point(2)])
    assert influxdb.write([point(2)]) == []  # it was looked at anew
    assert ["linli"] in select(influxdb, "SHOW DATABASES")
    assert influxdb.count("telemetry", *ALL) == 1


def test_a_database_of_any_name(influxd: Any) -> None:
    sink = open_influxdb(influxd.url, "", "", 'my "own" 数据')
    assert sink.write([point(1)]) == []
    assert sink.count("telemetry", *ALL) == 1
    sink.close()


def test_an_unknown_database_is_refused_in_a_200(influxdb: InfluxDB) -> None:
    with pytest.raises(HistoryRefused, match="database not found: linli"):
        influxdb.count("telemetry", *ALL)
    with pytest.raises(HistoryRefused, match="error parsing query"):
        influxql.ask(influxdb._transport, "SELEKT 1")


def test_one_point_of_another_type_among_a_thousand_costs_itself(influxdb: InfluxDB) -> None:
    assert influxdb.write([point(0)]) == []
    points = [point(n) for n in range(1, 1001)]
    points[637] = point(638, fill_pct="full")
    asked = counted(influxdb)
    [rejected] = influxdb.write(points)
    assert rejected.index == 637
    assert "type conflict" in rejected.detail
    assert influxdb.count("telemetry", *ALL) == 1000
    assert len(asked) <= 22  # cut in two ten times


def test_several_conflicts_cost_themselves(influxdb: InfluxDB) -> None:
    assert influxdb.write([point(0)]) == []
    points = [point(n, fill_pct="full") if n in (3, 4, 77) else point(n) for n in range(100)]
    assert [one.index for one in influxdb.write(points)] == [3, 4, 77]
    assert influxdb.count("telemetry", *ALL) == 97


def test_points_older_than_the_retention_are_rejected_together(influxdb: InfluxDB) -> None:
    influxdb.open()
    short = 'ALTER RETENTION POLICY "autogen" ON "linli" DURATION 2h SHARD DURATION 1h DEFAULT'
    influxql.ask(influxdb._transport, short)
    old = [replace(point(n), time_ns=1_000_000_000 + n) for n in range(200)]
    asked = counted(influxdb)
    rejected = influxdb.write(old)
    assert [one.index for one in rejected] == list(range(200))
    assert "retention policy" in rejected[0].detail
    assert len(asked) == 1


def test_an_unreadable_line_is_found_by_its_quotation(influxdb: InfluxDB, monkeypatch: Any) -> None:
    """Our encoder writes none; should one slip through, the server names it."""
    influxdb.open()
    encode = __import__("stores.influxdb.writing", fromlist=["encode"]).encode

    def broken(one: Point) -> bytes:
        line: bytes = encode(one)
        return line.replace(b"fill_pct=13.0", b"fill_pct=13.0.0")

    monkeypatch.setattr("stores.influxdb.writing.encode", broken)
    asked = counted(influxdb)
    [rejected] = influxdb.write([point(n) for n in range(100)])
    assert rejected.index == 13
    assert "unable to parse" in rejected.detail
    assert influxdb.count("telemetry", *ALL) == 99
    assert len(asked) == 2


def test_strings_and_names_come_back_as_they_were(influxdb: InfluxDB) -> None:
    odd = 'a "quoted" \\ back, comma = equals 厨余\nnext line'
    tags = {"community": "a b,c=d", "device": "\\x", "kind": "厨余"}
    assert influxdb.write([Point("deposit", tags, {"item": odd, "weight_kg": 1e-7}, NOON * NS)]) == []
    [row] = select(influxdb, 'SELECT "item", "weight_kg", "community", "device", "kind" FROM "deposit"')
    assert row[1:] == [odd, 1e-7, "a b,c=d", "\\x", "厨余"]


def test_a_late_point_is_found_where_it_belongs(influxdb: InfluxDB) -> None:
    from linli.events import Telemetry

    late = Telemetry(seq=1_000_001, compartment="k1", fill_pct=5.0)
    assert influxdb.write([telemetry_point("garden", "b1", "bin-1", late, NOON - MINUTE)]) == []
    assert select(influxdb, 'SELECT "fill_pct" FROM "telemetry"') == [[NOON - MINUTE, 5.0]]


def test_what_is_no_time_series_store_is_refused(free_port: Callable[[], int]) -> None:
    with pytest.raises(HistoryUnavailable):
        open_influxdb(f"http://127.0.0.1:{free_port()}", "", "", "linli").open()
    for url in ("http://", "nonsense"):
        with pytest.raises((HistoryRefused, HistoryUnavailable)):
            open_influxdb(url, "", "", "linli").open()


def counted(influxdb: InfluxDB) -> list[str]:
    """The writes that follow, one path each."""
    asked: list[str] = []
    server: Any = influxdb._ready()
    post = server.post

    def noted(lines: bytes) -> None:
        asked.append("/write")
        post(lines)

    server.post = noted
    return asked
