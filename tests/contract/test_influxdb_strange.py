"""Whatever answers in InfluxDB's place: what comes out is a reading or one of linli's errors, and in time."""

import json
import resource
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.errors import HistoryError, HistoryRefused, HistoryUnavailable
from linli.points import Point
from linli.ports.history import SeriesQuery
from stores.influxdb import InfluxDB, breaker, open_influxdb
from stores.influxdb.servers import Place
from stores.influxdb.transport import Transport
from tests.contract.samples import HOUR, MINUTE, NOON
from tests.contract.strange_server import StrangeServer, strange, whole

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)
POINT = Point("telemetry", {"device": "bin-1"}, {"fill_pct": 1.5}, NOON * 1_000_000)
VERSIONS = ["1.6.7", "v2.8.0", ""]
"""The last is VictoriaMetrics, which says none."""
ASKED: list[Callable[[InfluxDB], object]] = [
    lambda sink: sink.open(),
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


def answering(
    version: str, answers: dict[str, bytes], otherwise: bytes
) -> Callable[[socket.socket, str], None]:
    def answer(connection: socket.socket, path: str) -> None:
        if path == "/ping":
            says = f"X-Influxdb-Version: {version}\r\n" if version else ""
            connection.sendall(f"HTTP/1.1 204 No Content\r\n{says}\r\n".encode())
        elif path == "/health" and "/health" not in answers:
            connection.sendall(whole(b"OK"))
        else:
            connection.sendall(answers.get(path, otherwise))

    return answer


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


# --- time and size --------------------------------------------------------------------------------

WHERE = ["status line", "headers", "body", "chunks"]


def dripping(
    server: StrangeServer, where: str, path: str, version: str
) -> Callable[[socket.socket, str], None]:
    otherwise = answering(version, {"/api/v2/buckets": whole(b'{"buckets":[]}')}, whole(b'{"results":[{}]}'))

    def answer(connection: socket.socket, asked: str) -> None:
        if asked != path:
            otherwise(connection, asked)
        elif where == "status line":
            server.drip(connection, b"H")
        elif where == "headers":
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            server.drip(connection, b"X: y\r\n", 0.1)
        elif where == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            server.drip(connection, b" ")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            server.drip(connection, b"1\r\n \r\n")

    return answer


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(
    ("version", "path", "ask"),
    [("1.6.7", "/query", ASKED[2]), ("1.6.7", "/write", ASKED[1]), ("", "/api/v2/write", ASKED[1])],
    ids=["read", "write", "write by the official client"],
)
def test_who_drips_is_given_up(
    where: str, version: str, path: str, ask: Callable[[InfluxDB], object]
) -> None:
    with strange(lambda *_: None) as server:
        server.answer = dripping(server, where, path, version)
        sink = InfluxDB(Transport(server.url, "", 0.4, 0.4), Place("home", "linli"))
        begun = time.monotonic()
        with pytest.raises(HistoryUnavailable, match="does not answer"):
            ask(sink)
        assert time.monotonic() - begun < 2.0
        sink.close()


@pytest.mark.parametrize(
    ("version", "path", "ask"),
    [("1.6.7", "/query", ASKED[2]), ("", "/api/v2/write", ASKED[1])],
    ids=["read", "write by the official client"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_answer_is_not_kept(
    version: str, path: str, ask: Callable[[InfluxDB], object], packed: bool
) -> None:
    packer = zlib.compressobj(1, wbits=31)
    bomb = b"".join([packer.compress(bytes(2**20)) for _ in range(400)]) + packer.flush()

    def endless(connection: socket.socket, asked: str) -> None:
        if asked != path:
            answering(version, {}, whole(b'{"results":[{}]}'))(connection, asked)
        elif packed:
            connection.sendall(whole(bomb, headers="Content-Encoding: gzip\r\n"))
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")

    with strange(endless) as server:
        sink = open_influxdb(server.url, "", "home", "linli")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said = "not understood" if packed else "larger than 16 MB"
        with pytest.raises(HistoryUnavailable, match=said):
            ask(sink)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB
        sink.close()


def test_a_kept_connection_has_its_whole_time_again() -> None:
    """What was left of one answer's time is not the next one's."""

    def slow(connection: socket.socket, asked: str) -> None:
        time.sleep(0.35 if asked == "/query" else 0)
        answering("1.6.7", {}, whole(b'{"results":[{}]}'))(connection, asked)

    with strange(slow) as server:
        sink = InfluxDB(Transport(server.url, "", 0.5, 0.5), Place("", "linli"))
        assert [sink.series(QUERY) for _ in range(3)] == [[], [], []]
        sink.close()


def test_after_silence_the_next_readers_are_told_at_once() -> None:
    now = [0.0]
    hanging = threading.Event()

    def answer(connection: socket.socket, asked: str) -> None:
        if asked == "/query" and hanging.is_set():
            there.closing.wait(30)
        else:
            answering("1.6.7", {}, whole(b'{"results":[{}]}'))(connection, asked)

    with strange(answer) as there:
        sink = InfluxDB(Transport(there.url, "", 0.5, 0.5), Place("", "linli"), lambda: now[0])
        hanging.set()
        with pytest.raises(HistoryUnavailable) as first:
            sink.series(QUERY)
        hanging.clear()
        asked = len(there.asked)
        for _ in range(50):
            with pytest.raises(HistoryUnavailable) as next_one:
                sink.series(QUERY)
            assert str(next_one.value) == str(first.value)
        assert len(there.asked) == asked
        assert sink.write([POINT]) == []  # who writes waits for nobody's account
        now[0] += breaker.REST_S
        assert sink.series(QUERY) == []
        sink.close()


def test_many_readers_at_once_of_a_hanging_store_do_not_all_wait() -> None:
    def answer(connection: socket.socket, asked: str) -> None:
        if asked == "/query":
            there.closing.wait(30)
        else:
            answering("1.6.7", {}, whole(b""))(connection, asked)

    with strange(answer) as there:
        sink = InfluxDB(Transport(there.url, "", 3.0, 3.0), Place("", "linli"))

        def waited(_: int) -> float:
            begun = time.monotonic()
            with pytest.raises(HistoryUnavailable):
                sink.series(QUERY)
            return time.monotonic() - begun

        with ThreadPoolExecutor(45) as threads:
            times = sorted(threads.map(waited, range(45)))
        assert times[45 - breaker.AT_ONCE - 1] < 1.5  # all but those whose turn it was
        assert times[-1] < 4.5
        sink.close()
