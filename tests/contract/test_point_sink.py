"""What every time-series store owes to the forwarder, on real servers."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from linli.errors import HistoryFull, HistoryRefused, HistoryUnavailable
from linli.points import alert_line, telemetry_line
from linli.ports.history import PointSink
from stores.influxdb import InfluxDB, influxql, open_influxdb
from stores.influxdb.place import Place
from stores.influxdb.transport import Transport
from tests.contract.samples import MINUTE, NOON, nothing, point

ALL = (NOON - 365 * 86_400_000, NOON + 86_400_000)


@pytest.fixture(params=["influxd", "victoria"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def sink(server: Any) -> Iterator[InfluxDB]:
    opened = InfluxDB(Transport(server.url, "", packs=True), Place("home", "linli"))
    opened.open(nothing)
    yield opened
    opened.close()


@pytest.fixture
def influxdb(influxd: Any) -> Iterator[InfluxDB]:
    opened = InfluxDB(Transport(influxd.url, "", packs=True), Place("", "linli"))
    opened.open(nothing)
    yield opened
    opened.close()


def select(sink: InfluxDB, query: str) -> list[list[Any]]:
    return [row for series in influxql.ask(sink._transport, query, "linli") for row in series.values]


def test_it_is_a_sink_that_says_what_it_found(sink: InfluxDB, server: Any) -> None:
    port: PointSink = sink
    said = port.open(nothing)
    assert port.open(nothing) == said
    assert "VictoriaMetrics" in said.words or "InfluxDB 1.6.7" in said.words


def test_points_are_written_and_counted(sink: InfluxDB) -> None:
    assert sink.write([point(n) for n in range(500)]) == []
    assert sink.count("telemetry", *ALL) == 500
    assert sink.count("telemetry", NOON, NOON + 10_000) == 10
    assert sink.count("deposit", *ALL) == 0
    assert sink.write([]) == []


def test_to_a_server_beside_us_nothing_is_packed(server: Any) -> None:
    sink = open_influxdb(server.url, "", "home", "linli")
    assert sink._transport.pack(b"x" * 100) == (b"x" * 100, {})
    sink.open(nothing)
    assert sink.write([point(n) for n in range(500)]) == []
    assert sink.count("telemetry", *ALL) == 500
    sink.close()


def test_points_differ_by_place_and_sparse_fields_are_one_point(sink: InfluxDB) -> None:
    sink.write(
        [
            point(1, {"fill_pct": 1.0}),
            point(2, {"weight_kg": 2.0}),
            point(3, {"fill_pct": 1.0, "weight_kg": 2.0, "temperature_c": 21.5}),
            point(3, tags={"community": "garden", "device": "bin-2"}),
            alert_line("garden", "b1", "bin-1", "heat", "firing", "critical", NOON, 1),
        ]
    )
    assert sink.count("telemetry", *ALL) == 4
    assert sink.count("alert", *ALL) == 1


def test_what_is_written_again_lands_on_itself(sink: InfluxDB) -> None:
    points = [point(n) for n in range(50)]
    for _ in range(3):
        assert sink.write(points) == []
    assert sink.count("telemetry", *ALL) == 50


def test_a_text_of_lines_is_written_as_they_are(sink: InfluxDB, server: Any) -> None:
    points = [point(n) for n in range(50)]
    for _ in range(2):
        assert sink.write_text("\n".join(points).encode())
    assert sink.count("telemetry", *ALL) == 50
    server.stop()
    with pytest.raises(HistoryUnavailable):
        sink.write_text(points[0].encode())


def test_a_server_that_is_away_is_unavailable_and_back_again(sink: InfluxDB, server: Any) -> None:
    assert sink.write([point(1)]) == []
    server.stop()  # killed, VictoriaMetrics forgets what it had acknowledged
    for _ in range(2):
        with pytest.raises(HistoryUnavailable):
            sink.write([point(2)])
        with pytest.raises(HistoryUnavailable):
            sink.open(nothing)
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
    emptied: list[str] = []
    influxdb.open(lambda: emptied.append("it is made again, and is empty"))
    assert len(emptied) == 1
    assert influxdb.write([point(2)]) == []
    assert ["linli"] in select(influxdb, "SHOW DATABASES")
    assert influxdb.count("telemetry", *ALL) == 1


@pytest.mark.parametrize(("keep_s", "kept"), [(0, "0s"), (7_200, "2h0m0s")])
def test_a_database_is_made_with_its_retention(influxd: Any, keep_s: int, kept: str) -> None:
    sink = open_influxdb(influxd.url, "", "", "kept", keep_s)
    sink.open(nothing)
    [one] = influxql.ask(sink._transport, 'SHOW RETENTION POLICIES ON "kept"')
    assert [(row[0], row[1], row[4]) for row in one.values] == [("autogen", kept, True)]
    sink.close()


def test_a_retention_under_an_hour_is_refused_in_words(influxd: Any) -> None:
    sink = open_influxdb(influxd.url, "", "", "short", 60)
    with pytest.raises(
        HistoryRefused, match="short cannot be made: retention policy duration must be at least"
    ):
        sink.open(nothing)
    sink.close()


def test_a_limit_of_the_server_keeps_out_new_series_only(influxd: Any) -> None:
    influxd.stop()
    influxd.start(INFLUXDB_DATA_MAX_SERIES_PER_DATABASE="1")
    sink = open_influxdb(influxd.url, "", "", "linli")
    sink.open(nothing)
    assert sink.write([point(1)]) == []
    with pytest.raises(HistoryFull, match="max-series-per-database"):
        sink.write([point(2), point(3, tags={"device": "bin-2"}), point(4)])
    assert sink.write([point(2), point(4)]) == []
    assert sink.count("telemetry", *ALL) == 3
    sink.close()


def test_a_database_of_any_name(influxd: Any) -> None:
    sink = open_influxdb(influxd.url, "", "", 'my "own" 数据')
    sink.open(nothing)
    assert sink.write([point(1)]) == []
    assert sink.count("telemetry", *ALL) == 1
    sink.close()


def test_an_unknown_database_is_refused_in_a_200(influxdb: InfluxDB, influxd: Any) -> None:
    unknown = open_influxdb(influxd.url, "", "", "unknown")
    with pytest.raises(HistoryRefused, match="database not found: unknown"):
        unknown.count("telemetry", *ALL)
    unknown.close()
    with pytest.raises(HistoryRefused, match="error parsing query"):
        influxql.ask(influxdb._transport, "SELEKT 1")


def test_one_point_of_another_type_among_a_thousand_costs_itself(influxdb: InfluxDB) -> None:
    assert influxdb.write([point(0)]) == []
    points = [point(n) for n in range(1, 1001)]
    points[637] = point(638, {"fill_pct": "full"})
    asked = counted(influxdb)
    [rejected] = influxdb.write(points)
    assert rejected.index == 637
    assert "type conflict" in rejected.detail
    assert influxdb.count("telemetry", *ALL) == 1000
    assert len(asked) == 3  # all, all but the one that the message fits, and that one alone


def test_of_a_text_with_a_line_that_is_refused_it_is_said(influxdb: InfluxDB) -> None:
    points = [point(n) for n in range(3)]
    for bad in (point(3, {"fill_pct": "full"}), "telemetry fill_pct="):
        assert not influxdb.write_text("\n".join([*points, bad]).encode())
        assert [one.index for one in influxdb.write([*points, bad])] == [3]
    assert influxdb.count("telemetry", *ALL) == 3


def test_several_conflicts_cost_themselves(influxdb: InfluxDB) -> None:
    assert influxdb.write([point(0)]) == []
    points = [point(n, {"fill_pct": "full"}) if n in (3, 4, 77) else point(n) for n in range(100)]
    assert [one.index for one in influxdb.write(points)] == [3, 4, 77]
    assert influxdb.count("telemetry", *ALL) == 97


def test_points_older_than_the_retention_are_rejected_together(influxdb: InfluxDB) -> None:
    short = 'ALTER RETENTION POLICY "autogen" ON "linli" DURATION 2h SHARD DURATION 1h DEFAULT'
    influxql.ask(influxdb._transport, short)
    points = [point(n, at_ns=1_000_000_000 + n) for n in range(200)] + recent(200)
    asked = counted(influxdb)
    [rejected] = influxdb.write(points)  # two hundred that are too old are one thing to tell
    assert (rejected.index, rejected.others) == (0, 199)
    assert "retention policy" in rejected.detail
    assert influxdb.count("telemetry", 0, 4_000_000_000_000) == 200
    assert len(asked) <= 3


def recent(n: int) -> list[str]:
    now_ns = time.time_ns()
    return [point(i, at_ns=now_ns + i) for i in range(n)]


def test_an_unreadable_line_is_found_by_its_quotation(influxdb: InfluxDB) -> None:
    """Our encoder writes none; should one slip through, the server names it."""
    points = [point(n) for n in range(100)]
    points[13] = points[13].replace("=13.0", "=13.0.0")
    asked = counted(influxdb)
    [rejected] = influxdb.write(points)
    assert rejected.index == 13
    assert rejected.detail.startswith("unable to parse 'telemetry,")
    assert influxdb.count("telemetry", *ALL) == 99
    assert len(asked) == 2


def test_strings_and_names_come_back_as_they_were(influxdb: InfluxDB) -> None:
    odd = 'a "quoted" \\ back, comma = equals 厨余\nnext line'
    tags = {"community": "a b,c=d", "device": "\\x", "kind": "厨余"}
    fields: dict[str, Any] = {"item": odd, "weight_kg": 1e-7}
    assert influxdb.write([point(0, fields, tags=tags, measurement="deposit")]) == []
    [row] = select(influxdb, 'SELECT "item", "weight_kg", "community", "device", "kind" FROM "deposit"')
    assert row[1:] == [odd, 1e-7, "a b,c=d", "\\x", "厨余"]


def test_a_late_point_is_found_where_it_belongs(influxdb: InfluxDB) -> None:
    late = telemetry_line("garden", "b1", "bin-1", NOON - MINUTE, 1_000_001, b'{"fill_pct":5}')
    assert influxdb.write([late]) == []
    assert select(influxdb, 'SELECT "fill_pct" FROM "telemetry"') == [[NOON - MINUTE, 5.0]]


def test_what_is_no_time_series_store_is_refused(free_port: Callable[[], int]) -> None:
    with pytest.raises(HistoryUnavailable):
        open_influxdb(f"http://127.0.0.1:{free_port()}", "", "", "linli").open(nothing)
    for url in ("http://", "nonsense"):
        with pytest.raises((HistoryRefused, HistoryUnavailable)):
            open_influxdb(url, "", "", "linli").open(nothing)


def counted(influxdb: InfluxDB) -> list[str]:
    """The writes that follow, one path each."""
    asked: list[str] = []
    server: Any = influxdb._server()
    post = server.post

    def noted(lines: bytes) -> None:
        asked.append("/write")
        post(lines)

    server.post = noted
    return asked
