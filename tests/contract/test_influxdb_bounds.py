"""An answer of InfluxDB has an end, in time and in size, and readers do not queue for silence."""

import resource
import socket
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from linli.errors import HistoryUnavailable
from linli.ports.history import SeriesQuery
from stores.influxdb import InfluxDB, breaker, open_influxdb
from stores.influxdb.place import Place
from stores.influxdb.transport import Transport
from tests.contract.samples import HOUR, NOON, point
from tests.contract.strange_server import StrangeServer, answering, strange, whole

QUERY = SeriesQuery("garden", "bin-1", "k1", "fill_pct", NOON, NOON + HOUR)
POINT = point(0, {"fill_pct": 1.5})


def read(sink: InfluxDB) -> object:
    return sink.series(QUERY)


def write(sink: InfluxDB) -> object:
    return sink.write([POINT])


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
    [("1.6.7", "/query", read), ("1.6.7", "/write", write), ("", "/api/v2/write", write)],
    ids=["read", "write", "write by the official client"],
)
def test_who_drips_is_given_up(
    where: str, version: str, path: str, ask: Callable[[InfluxDB], object]
) -> None:
    with strange(lambda *_: None) as server:
        server.answer = dripping(server, where, path, version)
        sink = InfluxDB(Transport(server.url, "", 0.4, 0.4), Place("home", "linli"))
        with pytest.raises(HistoryUnavailable, match="does not answer"):
            ask(sink)  # it drips for as long as we listen
        sink.close()


@pytest.mark.parametrize(
    ("version", "path", "ask"),
    [("1.6.7", "/query", read), ("", "/api/v2/write", write)],
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


WAITS_S = 6.0


def test_many_readers_at_once_of_a_hanging_store_do_not_all_wait() -> None:
    def answer(connection: socket.socket, asked: str) -> None:
        if asked == "/query":
            there.closing.wait(30)
        else:
            answering("1.6.7", {}, whole(b""))(connection, asked)

    with strange(answer) as there:
        sink = InfluxDB(Transport(there.url, "", WAITS_S, WAITS_S), Place("", "linli"))

        def waited(_: int) -> float:
            begun = time.monotonic()
            with pytest.raises(HistoryUnavailable):
                sink.series(QUERY)
            return time.monotonic() - begun

        with ThreadPoolExecutor(45) as threads:
            times = sorted(threads.map(waited, range(45)))
        assert times[45 - breaker.AT_ONCE - 1] < WAITS_S / 2  # all but those whose turn it was
        assert times[-1] < 2 * WAITS_S, "nobody waits twice"
        sink.close()
