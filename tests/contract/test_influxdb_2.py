"""The 2.x route, against answers recorded from a real 2.8.0: each trap is a test. See `influxdb_2`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from linli.errors import HistoryFailed, HistoryRefused, HistoryUnavailable
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import InfluxDB, influxql, open_influxdb
from stores.influxdb.place import Place
from stores.influxdb.transport import Transport
from stores.influxdb.writing import REQUESTS_MAX
from tests.contract.influxdb_2 import TOKEN, InfluxDB2, refused, serving
from tests.contract.samples import HOUR, MINUTE, NOON, nothing, point

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)


@pytest.fixture
def server() -> Iterator[InfluxDB2]:
    with serving(InfluxDB2()) as state:
        yield state


@pytest.fixture
def sink(server: InfluxDB2) -> Iterator[InfluxDB]:
    opened = InfluxDB(Transport(server.url, TOKEN, packs=True), Place("home", "linli"))
    yield opened
    opened.close()


def test_a_missing_bucket_is_made_once(server: InfluxDB2, sink: InfluxDB) -> None:
    emptied: list[bool] = []
    opened = sink.open(lambda: emptied.append("linli" in server.buckets))
    assert "InfluxDB 2.8.0" in opened.words
    assert list(server.buckets) == ["linli"]
    assert emptied == [False], "it is said before it is made"
    assert sink.open(nothing) == opened
    assert server.paths("POST") == ["/api/v2/buckets"]


def test_a_bucket_made_again_by_the_same_name_is_another_one(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    first = sink.open(nothing).name
    server.buckets["linli"] = "5014e3a4f0c249a8"
    assert sink.open(nothing).name != first


@pytest.mark.parametrize(("keep_s", "rules"), [(0, []), (7_200, [{"type": "expire", "everySeconds": 7_200}])])
def test_a_bucket_is_made_with_its_retention(server: InfluxDB2, keep_s: int, rules: list[Any]) -> None:
    sink = open_influxdb(server.url, TOKEN, "home", "linli", keep_s)
    sink.open(nothing)
    assert server.retention == {"linli": rules}
    sink.close()


def test_a_retention_under_an_hour_is_a_500_that_no_patience_heals(server: InfluxDB2) -> None:
    sink = open_influxdb(server.url, TOKEN, "home", "linli", 60)
    with pytest.raises(HistoryRefused, match=r"linli cannot be made: .*must be at least 1h0m0s"):
        sink.open(nothing)
    assert server.buckets == {}
    sink.close()


def test_a_bucket_that_another_process_made_meanwhile_will_do(server: InfluxDB2, sink: InfluxDB) -> None:
    answers = [refused(404, "not found", 'bucket "linli" not found')]
    known = server.get_api_v2_buckets

    def late(*asked: Any) -> Any:
        server.buckets["linli"] = "89ac9a0e3535c942"
        return answers.pop() if answers else known(*asked)

    server.get_api_v2_buckets = late  # type: ignore[method-assign,assignment]
    assert "bucket linli" in sink.open(nothing).words


def test_a_mapping_is_made_only_where_there_is_none(server: InfluxDB2, sink: InfluxDB) -> None:
    server.mapped = False
    sink.open(nothing)
    assert server.paths("POST") == ["/api/v2/buckets", "/api/v2/dbrps"]
    sink.open(nothing)
    assert server.paths("POST") == ["/api/v2/buckets", "/api/v2/dbrps"]


def test_a_token_for_one_bucket_need_not_see_the_mappings(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    server.instead["/api/v2/dbrps"] = refused(403, "forbidden", "insufficient permissions")
    sink.open(nothing)
    assert sink.write([point(1)]) == []


@pytest.mark.parametrize(("org", "says"), [("", "LINLI_INFLUXDB_ORG"), ("nobody", "not found")])
def test_an_organisation_that_is_none_is_said_in_words(server: InfluxDB2, org: str, says: str) -> None:
    with pytest.raises(HistoryRefused, match=says):
        open_influxdb(server.url, TOKEN, org, "linli").open(nothing)


def test_one_that_nobody_has_set_up_says_so(server: InfluxDB2, sink: InfluxDB) -> None:
    server.is_new = True
    with pytest.raises(HistoryRefused, match="has not been set up yet"):
        sink.open(nothing)
    server.is_new = False
    with pytest.raises(HistoryRefused, match="answered 401: unauthorized access"):
        open_influxdb(server.url, "wrong", "home", "linli").open(nothing)


def test_a_3_is_asked_for_no_bucket_and_is_said_to_be_untried(server: InfluxDB2, sink: InfluxDB) -> None:
    """What is shown: which routes linli would use. How a real 3 answers, nobody has seen."""
    server.version = "3.0.0"
    server.buckets["linli"] = "made by its first point"
    assert "InfluxDB 3.0.0" in sink.open(nothing).words
    assert sink.open(nothing).words.endswith("(untried)")
    assert sink.write([point(1)]) == []
    assert sink.series(QUERY) == []
    assert server.paths("POST") == ["/api/v2/write", "/query"]


def test_a_thousand_points_are_one_request(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    assert sink.write([point(n) for n in range(1000)]) == []
    assert server.sizes == [1000]
    assert len(server.lines) == 1000
    assert sink.write([]) == []
    assert server.sizes == [1000]


def test_one_unreadable_line_that_rejects_all_costs_itself(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    points = [point(n) for n in range(1000)]
    for n in (7, 500):
        points[n] = points[n].replace(f"={n % 100}.0", "=")
    rejected = sink.write(points)
    assert [one.index for one in rejected] == [7, 500]
    assert all(one.detail.endswith("missing field value") for one in rejected)
    assert rejected[0].detail != rejected[1].detail
    assert len(server.lines) == 998
    assert server.sizes == [1000, 998]


def test_a_type_conflict_that_names_no_line_is_found(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    points = [point(n, {"fill_pct": "full"}) if n == 700 else point(n) for n in range(1000)]
    [rejected] = sink.write(points)
    assert rejected.index == 700
    assert "field type conflict" in rejected.detail
    assert len(server.lines) == 999
    assert server.sizes == [1000, 1, 999], "the message says of which sort it is, though not which"


def test_a_bucket_with_another_type_everywhere_costs_no_request_a_line(
    server: InfluxDB2, sink: InfluxDB
) -> None:
    sink.open(nothing)
    server.types["telemetry.weight_kg"] = "string"
    points = [point(n, {"weight_kg": 1.0} if n % 3 == 0 else {"fill_pct": 1.0}) for n in range(3_000)]
    rejected = sink.write(points)
    assert [one.index for one in rejected] == list(range(0, 3_000, 3))
    assert len(server.lines) == 2_000
    assert len(server.sizes) == 3


def test_bad_lines_of_many_sorts_cost_a_bounded_number_of_requests(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    sorts = [{"fill_pct": 1.0}, {"weight_kg": 1.0}, {"tilt_deg": 1.0}]
    server.types |= {"telemetry.weight_kg": "string", "telemetry.tilt_deg": "string"}
    points = [point(n, dict(sorts[n * n % 7 % 3])) for n in range(5_000)]
    rejected = sink.write(points)
    bad = sum("fill_pct" not in line for line in points)
    assert sum(1 + one.others for one in rejected) == bad
    assert len(server.lines) == 5_000 - bad
    assert len(server.sizes) <= 2 * REQUESTS_MAX


def test_points_out_of_retention_are_rejected_and_the_rest_written(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    points = [point(n, at_ns=n + 1) if n < 300 else point(n) for n in range(1000)]
    [rejected] = sink.write(points)
    assert (rejected.index, rejected.others) == (0, 299)  # three hundred that are too old: one thing to tell
    assert len(server.lines) == 700
    assert len(server.sizes) <= 3


def test_a_request_that_is_too_large_is_cut(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
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
        (refused(500, "internal error", "no space left on device"), HistoryFailed),
        (refused(500, "internal error", "An internal error has occurred - check server logs"), HistoryFailed),
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
    sink.open(nothing)
    server.instead["/api/v2/write"] = answer
    said = answer[1].decode() if isinstance(answer[1], bytes) else answer[1]["message"]
    with pytest.raises(raised) as caught:
        sink.write([point(n) for n in range(10)])
    assert f"answered {answer[0]}: {said}" in str(caught.value)
    assert server.paths("POST").count("/api/v2/write") == 1  # nothing is tried again behind our back
    del server.instead["/api/v2/write"]
    assert sink.write([point(n) for n in range(10)]) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            "unexpected error writing points: write …/_00001.wal: no space left on device",
            "its disk is full, or was",
        ),
        ("engine: not attempting to open shard 7", "must be restarted"),
        ("An internal error has occurred - check server logs", ""),
    ],
)
def test_a_500_that_does_not_pass_by_itself_is_told_from_one_that_may(
    server: InfluxDB2, sink: InfluxDB, said: str, meant: str
) -> None:
    sink.open(nothing)
    server.instead["/api/v2/write"] = refused(500, "internal error", said)
    with pytest.raises(HistoryFailed, match=meant or "answered 500") as caught:
        sink.write([point(1)])
    assert caught.value.lasting == bool(meant)


def test_how_long_it_asks_to_be_left_alone_is_told(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    for status in (429, 503):
        server.instead["/api/v2/write"] = refused(status, "too many requests", "slow down")
        for said, heard in [("17", 17.0), ("99999999", 3_600.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]:
            server.headers = {"Retry-After": said}
            with pytest.raises(HistoryUnavailable) as caught:
                sink.write([point(1)])
            assert caught.value.retry_after_s == heard


def test_a_broken_gzip_body_would_be_a_500_and_ours_is_none(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    pack = sink._transport.pack
    sink._transport.pack = lambda lines: (pack(lines)[0][:9], pack(lines)[1])  # type: ignore[method-assign]
    with pytest.raises(HistoryFailed, match="An internal error has occurred"):
        sink.write([point(1)])
    sink._transport.pack = pack  # type: ignore[method-assign]
    assert sink.write([point(1)]) == []
    assert server.encodings == ["gzip", "gzip"]


def test_a_point_a_hundred_years_ahead_is_taken_and_is_not_for_us_to_judge(
    server: InfluxDB2, sink: InfluxDB
) -> None:
    """linli places what comes from a wrong clock before it is stored: no such point is ever made."""
    sink.open(nothing)
    assert sink.write([point(1, at_ns=4_949_092_933_000_000_000)]) == []
    assert len(server.lines) == 1


def test_the_same_point_again_is_the_same_point(server: InfluxDB2, sink: InfluxDB) -> None:
    sink.open(nothing)
    for value in (1.0, 2.0):
        assert sink.write([point(1, {"fill_pct": value})]) == []
    assert list(server.lines.values()) == [{"fill_pct": "2.0"}]


def test_a_server_that_does_not_answer_in_time_is_unavailable(server: InfluxDB2) -> None:
    sink = InfluxDB(Transport(server.url, TOKEN, read_s=0.3, write_s=0.3), Place("home", "linli"))
    sink.open(nothing)
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


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("SELEKT 1", "error parsing query: found SELEKT"),  # said in a 400's message
        ('SELECT mean(*) INTO "hours" FROM "telemetry"', "not implemented: SELECT INTO"),  # said in a 200
    ],
)
def test_what_it_cannot_do_is_an_error_wherever_it_says_it(
    server: InfluxDB2, sink: InfluxDB, asked: str, says: str
) -> None:
    """linli asks for neither: hourly values it works out itself, on every generation."""
    server.buckets["linli"] = "89ac9a0e3535c942"
    with pytest.raises(HistoryRefused, match=says):
        influxql.ask(sink._transport, asked, "linli")


def test_a_token_is_never_a_bearer_which_reading_refuses(server: InfluxDB2, sink: InfluxDB) -> None:
    server.buckets["linli"] = "89ac9a0e3535c942"
    assert sink.write([point(1)]) == []
    assert sink.series(QUERY) == []
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    answer = Transport(server.url, "").ask("POST", "/query", {"q": "SHOW DATABASES"}, headers=bearer)
    assert answer.status == 401


def test_of_a_request_that_met_a_full_disk_some_points_are_there_and_all_come_again(
    server: InfluxDB2, sink: InfluxDB
) -> None:
    sink.open(nothing)
    known = server.post_api_v2_write
    points = [point(n) for n in range(1_000)]

    def full(query: Any, headers: Any, body: bytes) -> Any:
        known(query, {}, "\n".join(points[:500]).encode())
        return refused(500, "internal error", "write /data/00001.wal: no space left on device")

    server.post_api_v2_write = full  # type: ignore[method-assign]
    with pytest.raises(HistoryFailed, match="its disk is full"):
        sink.write(points)
    assert len(server.lines) == 500
    server.post_api_v2_write = known  # type: ignore[method-assign]
    assert sink.write(points) == []
    assert len(server.lines) == 1_000


def test_a_wrong_token_is_refused_for_reading_too(server: InfluxDB2) -> None:
    with pytest.raises(HistoryRefused, match="401"):
        open_influxdb(server.url, "wrong", "home", "linli").series(QUERY)


def test_a_login_of_1_x_is_sent_as_such() -> None:
    assert Transport("http://127.0.0.1", "ana:secret")._login() == {"Authorization": "Basic YW5hOnNlY3JldA=="}
