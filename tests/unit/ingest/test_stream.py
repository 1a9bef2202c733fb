import socket
from collections.abc import Iterator

import pytest

from ingest.stream import UNSENT_MAX_BYTES, Stream


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    near, far = socket.socketpair()
    stream = Stream(near)
    stream.setblocking(False)
    yield stream, far
    stream.close()
    far.close()


def test_it_reads_ahead_and_says_what_is_left(pair):
    stream, far = pair
    far.sendall(b"abcdef")
    assert stream.recv(1) == b"a"
    assert stream.pending
    assert stream.recv(2) == b"bc"
    assert stream.recv(100) == b"def"
    assert not stream.pending
    with pytest.raises(BlockingIOError):
        stream.recv(1)


def test_the_end_of_the_connection_is_an_empty_read(pair):
    stream, far = pair
    far.sendall(b"x")
    far.close()
    assert stream.recv(10) == b"x"
    assert stream.recv(10) == b""


def test_what_is_sent_leaves_in_order_with_the_flush(pair):
    stream, far = pair
    assert stream.send(b"one") == 3
    assert stream.send(b"two") == 3
    assert stream.unsent
    stream.flush()
    assert not stream.unsent
    assert far.recv(100) == b"onetwo"


def test_a_reader_that_does_not_read_stops_the_writer_and_loses_nothing(pair):
    stream, far = pair
    chunk, sent = bytes(range(256)) * 256, 0
    while True:
        try:
            sent += stream.send(chunk)
        except BlockingIOError:
            break
    assert sent <= UNSENT_MAX_BYTES + 4_000_000
    got = bytearray()
    far.settimeout(5)
    while len(got) < sent:
        stream.flush()
        got += far.recv(1_000_000)
    assert got == chunk * (sent // len(chunk))


def test_a_failed_write_shows_where_paho_looks(pair):
    stream, far = pair
    far.close()
    stream.send(b"x")
    stream.flush()
    assert stream.broken
    assert stream.recv(10) == b""
