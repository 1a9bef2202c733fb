"""The 2.x route, against answers recorded from a real 2.8.0: each trap is a test. See `influxdb_2`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from linli.errors import HistoryRefused, HistoryUnavailable
from linli.points import Point
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import InfluxDB, open_influxdb
from stores.influxdb.servers import Place
from stores.influxdb.transport import Transport
from tests.contract.influxdb_2 import TOKEN, InfluxDB2, refused, serving
from tests.contract.samples import HOUR, MINUTE, NOON

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)


def point(n: int, **fields: Any) -> Point:
    return Point(
        "telemetry", {"device": "bin-1"}, fields or {"fill_pct": n + 0.5}, (NOON + n) * 1_000_000 + n
    )


@pytest.fixture
def server() -> Iterator[InfluxDB2]:
    with serving(InfluxDB2()) as state:
        yield state


@pytest.fixture
def sink(server: InfluxDB2) -> Iterator[InfluxDB]:
    opened = open_influxdb(server.url, TOKEN, "home", "linli")
    yield opened
    opened.close()


def test_a_missing_bucket_is_made_once(server: InfluxDB2, sink: InfluxDB) -> None:
    assert "InfluxDB 2.8.0" in sink.open()
    assert list(server.buckets) == ["linli"]
    sink.open()
    assert server.paths("POST") == ["/api/v2/buckets"]


def test_a_bucket_that_another_process_made_meanwhile_will_do(server: InfluxDB2, sink: InfluxDB) -> None:
    answers = [refused(404, "not found", 'bucket "linli" not found')]
    known = server.get_api_v2_buckets

    def late(*asked: Any) -> Any:
        server.buckets["linli"] = "89ac9a0e3535c942"
        return answers.pop() if answers else known(*asked)

    server.get_api_v2_buckets = late  # type: ignore[method-assign,assignment]
    assert "bucket linli" in sink.open()


def test_a_mapping_is_made_only_where_there_is_none(server: InfluxDB2, sink: InfluxDB) -> None:
    server.mapped = False
    sink.open()
    assert server.paths("POST") == ["/api/v2/buckets", "/api/v2/dbrps"]
    sink.open()
    assert server.paths("POST") == ["/api/v2/buckets", "/api/v2/dbrps"]


def test_a_token_for_one_bucket_need_not_see_the_mappings(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    server.instead["/api/v2/dbrps"] = refused(403, "forbidden", "insufficient permissions")
    assert sink.write([point(1)]) == []


@pytest.mark.parametrize(("org", "says"), [("", "LINLI_INFLUXDB_ORG"), ("nobody", "not found")])
def test_an_organisation_that_is_none_is_said_in_words(server: InfluxDB2, org: str, says: str) -> None:
    with pytest.raises(HistoryRefused, match=says):
        open_influxdb(server.url, TOKEN, org, "linli").open()


def test_a_thousand_points_are_one_request(server: InfluxDB2, sink: InfluxDB) -> None:
    assert sink.write([point(n) for n in range(1000)]) == []
    assert server.sizes == [1000]
    assert len(server.lines) == 1000
    assert sink.write([]) == []
    assert server.sizes == [1000]


def test_one_unreadable_line_that_rejects_all_costs_itself(
    server: InfluxDB2, sink: InfluxDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stores.influxdb.lines import encode

    monkeypatch.setattr(
        "stores.influxdb.writing.encode",
        lambda one: encode(one).replace(b"=500.5", b"=").replace(b"=7.5", b"="),
    )
    rejected = sink.write([point(n) for n in range(1000)])
    assert [one.index for one in rejected] == [7, 500]
    assert all(one.detail.endswith("missing field value") for one in rejected)
    assert rejected[0].detail != rejected[1].detail
    assert len(server.lines) == 998
    assert server.sizes == [1000, 998]


def test_a_type_conflict_that_names_no_line_is_found(server: InfluxDB2, sink: InfluxDB) -> None:
    points = [point(n, fill_pct="full") if n == 700 else point(n) for n in range(1000)]
    [rejected] = sink.write(points)
    assert rejected.index == 700
    assert "field type conflict" in rejected.detail
    assert len(server.lines) == 999
    assert len(server.sizes) <= 22


def test_points_out_of_retention_are_rejected_and_the_rest_written(server: InfluxDB2, sink: InfluxDB) -> None:
    points = [replace(point(n), time_ns=n + 1) if n < 300 else point(n) for n in range(1000)]
    rejected = sink.write(points)
    assert [one.index for one in rejected] == list(range(300))
    assert len(server.lines) == 700
    assert len(server.sizes) <= 22


def test_a_request_that_is_too_large_is_cut(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open()
    known = server.post_api_v2_write

    def small(query: Any, headers: Any, body: bytes) -> Any:
        if int(headers["Content-Length"]) > 3_000:
            return refused(413, "request too large", "request body too large")
        return known(query, headers, body)

    server.post_api_v2_write = small  # type: ignore[method-assign]
    assert sink.write([point(n) for n in range(1000)]) == []
    assert len(server.lines) == 1000


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (refused(500, "internal error", "no space left on device"), HistoryUnavailable),
        (refused(503, "unavailable", "starting"), HistoryUnavailable),
        (refused(429, "too many requests", "slow down"), HistoryUnavailable),
        ((502, b"<html>a proxy's own page</html>"), HistoryUnavailable),
        (refused(401, "unauthorized", "unauthorized access"), HistoryRefused),
        (refused(403, "forbidden", "insufficient permissions for write"), HistoryRefused),
        (refused(404, "not found", 'bucket "linli" not found'), HistoryRefused),
        (refused(400, "invalid", "invalid precision; valid precision units are ns"), HistoryRefused),
    ],
)
def test_what_may_heal_is_told_from_what_will_not(
    server: InfluxDB2, sink: InfluxDB, answer: Any, raised: type[Exception]
) -> None:
    sink.open()
    server.instead["/api/v2/write"] = answer
    said = answer[1].decode() if isinstance(answer[1], bytes) else answer[1]["message"]
    with pytest.raises(raised) as caught:
        sink.write([point(n) for n in range(10)])
    assert f"answered {answer[0]}: {said}" in str(caught.value)
    assert server.paths("POST").count("/api/v2/write") == 1  # nothing is tried again behind our back
    del server.instead["/api/v2/write"]
    assert sink.write([point(n) for n in range(10)]) == []


def test_a_server_that_does_not_answer_in_time_is_unavailable(server: InfluxDB2) -> None:
    sink = InfluxDB(Transport(server.url, TOKEN, read_s=0.3, write_s=0.3), Place("home", "linli"))
    sink.open()
    server.delay_s = 1.0
    with pytest.raises(HistoryUnavailable):
        sink.write([point(1)])
    with pytest.raises(HistoryUnavailable):
        sink.series(QUERY)
    server.delay_s = 0.0
    assert sink.write([point(1)]) == []


def test_reading_says_token_and_binds_what_it_asks_for(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    server.results = [
        {
            "statement_id": 0,
            "series": [
                {"name": "telemetry", "columns": ["time", "mean"], "values": [[NOON, 9.5], [NOON + 1, None]]}
            ],
        }
    ]
    assert sink.series(replace(QUERY, step_ms=MINUTE)) == [Bucket(NOON, 9.5)]
    asked = server.asked[-1]
    assert asked[:2] == ("POST", "/query")
    assert asked[2]["db"] == "linli"
    assert asked[2]["epoch"] == "ms"
    assert "bin-1" not in asked[2]["q"]
    assert '"device": "bin-1"' in asked[2]["params"]
    assert server.paths("POST") == ["/query"]  # a reader makes nothing


def test_nothing_found_has_no_series_key(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    assert sink.series(QUERY) == []


def test_an_error_inside_a_200_is_an_error(server: InfluxDB2, sink: InfluxDB) -> None:
    with pytest.raises(HistoryRefused, match="database not found: linli"):
        sink.series(QUERY)


def test_a_wrong_token_is_refused_for_reading_too(server: InfluxDB2) -> None:
    with pytest.raises(HistoryRefused, match="401"):
        open_influxdb(server.url, "wrong", "home", "linli").series(QUERY)


def test_a_login_of_1_x_is_sent_as_such() -> None:
    assert Transport("http://127.0.0.1", "ana:secret")._login() == {"Authorization": "Basic YW5hOnNlY3JldA=="}
