"""Whatever answers in InfluxDB's place: what comes out is a reading or one of linli's errors, and in time."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.errors import HistoryError, HistoryRefused, HistoryUnavailable
from linli.ports.history import SeriesQuery
from stores.influxdb import InfluxDB, open_influxdb
from stores.influxdb.place import Place
from stores.influxdb.transport import Transport
from tests.contract.samples import HOUR, MINUTE, NOON, nothing, point
from tests.contract.strange_server import StrangeServer, answering, strange, whole

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)
POINT = point(0, {"fill_pct": 1.5})
VERSIONS = ["1.6.7", "v2.8.0", ""]
"""The last is VictoriaMetrics, which says none."""
ASKED: list[Callable[[InfluxDB], object]] = [
    lambda sink: sink.open(nothing),
    lambda sink: sink.write([POINT]),
    lambda sink: sink.series(QUERY),
    lambda sink: sink.count("telemetry", NOON, NOON + HOUR),
]

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([NOON, NOON + 1, 1e308, 10**400, "database not found: x", "id"])
)
_BUCKETS = ["buckets", "orgs", "id", "orgID", "name", "content", "database"]
keys = st.sampled_from(["results", "series", "values", "error", "message", "metric", "timestamps", *_BUCKETS])
anything = st.recursive(
    leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(keys, some, max_size=4), max_leaves=12
)
rows = st.lists(st.lists(leaves, max_size=3) | leaves, max_size=3)
nearly = st.builds(
    lambda values, inside: {"results": [{"series": [{"values": values, **inside}]}]},
    rows,
    st.dictionaries(keys, leaves, max_size=1),
)
raw = st.binary(max_size=40) | st.sampled_from(
    [b"", b"[" * 50_000, b"9" * 6_000, b'{"results":[{"error":"\\ud800"}]}', b"\xff\xfe", b"1e999"]
)
bodies = (anything | nearly).map(lambda said: json.dumps(said).encode()) | raw
statuses = st.sampled_from(["200 OK", "204 No Content", "201 Created", "302 Found", "400 Bad", "401 No"]) | (
    st.sampled_from(["404 None", "413 Large", "422 Not so", "429 Slow", "500 Broken", "503 Away", "999 What"])
)


@pytest.fixture(scope="module")
def server() -> Iterator[StrangeServer]:
    with strange(lambda connection, _path: connection.sendall(whole(b""))) as made:
        yield made


def asking(server: StrangeServer) -> None:
    """Every question, to a server met anew each time."""
    for ask in ASKED:
        sink = InfluxDB(Transport(server.url, "token", 2.0, 2.0), Place("home", "linli"))
        try:
            ask(sink)
        except HistoryError as error:
            str(error).encode()  # it can be said, written and sent
        finally:
            sink.close()


@pytest.mark.parametrize("version", VERSIONS)
@given(body=bodies, status=statuses)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answer_is_a_reading_or_an_error_of_ours(
    server: StrangeServer, version: str, body: bytes, status: str
) -> None:
    server.answer = answering(version, {}, whole(body, status))
    asking(server)


@given(
    head=st.binary(max_size=60),
    version=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_an_error_of_ours(server: StrangeServer, head: bytes, version: str) -> None:
    def answer(connection: socket.socket, path: str) -> None:
        said = f"HTTP/1.1 204 No\r\nX-Influxdb-Version: {version}\r\n".encode()
        connection.sendall(said if path == "/ping" else b"")
        connection.sendall(head)
        connection.shutdown(socket.SHUT_RDWR)

    server.answer = answer
    asking(server)


@pytest.mark.parametrize(
    "said", [{}, [], None, "x", 1, {"results": []}, {"results": [{"series": [{"values": [["x", "y"]]}]}]}]
)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_not_understood_is_said_with_what_came(
    server: StrangeServer, version: str, said: Any
) -> None:
    body = json.dumps(said).encode()
    server.answer = answering(version, {}, whole(body))
    sink = open_influxdb(server.url, "", "home", "linli")
    with pytest.raises(HistoryUnavailable, match="not understood") as caught:
        sink.series(QUERY)
    assert (
        body if said != {"results": [{"series": [{"values": [["x", "y"]]}]}]} else b"'x', 'y'"
    ).decode() in (str(caught.value)) or version == ""
    server.answer = answering(version, {}, whole(b'{"results":[{}]}' if version else b""))
    assert sink.series(QUERY) == []  # it was no silence: the next may ask
    sink.close()


def test_a_reading_outside_the_range_is_not_believed(server: StrangeServer) -> None:
    for at_ms, step_ms in [
        (10**19, None),
        (NOON - 1, None),
        (NOON + HOUR, None),
        (NOON - MINUTE - 1, MINUTE),
    ]:
        body = json.dumps({"results": [{"series": [{"values": [[at_ms, 1.0]]}]}]}).encode()
        server.answer = answering("1.6.7", {}, whole(body))
        sink = open_influxdb(server.url, "", "", "linli")
        with pytest.raises(HistoryUnavailable, match="no reading of the range"):
            sink.series(SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR, step_ms))
        sink.close()


def test_a_redirection_is_refused_and_not_followed(server: StrangeServer) -> None:
    for version in VERSIONS:
        server.answer = answering(version, {}, whole(b"", "302 Found", "Location: http://[\r\n"))
        sink = open_influxdb(server.url, "", "home", "linli")
        with pytest.raises(HistoryRefused, match="302"):
            sink.series(QUERY)
        sink.close()
