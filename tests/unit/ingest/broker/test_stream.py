import contextlib
import socket
from collections.abc import Iterator

import pytest

from ingest.broker.packets import publish_packet
from ingest.broker.stream import UNSENT_MAX_BYTES, Stream

PINGRESP = b"\xd0\x00"


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    near, far = socket.socketpair()
    stream = Stream(near)
    stream.setblocking(False)
    yield stream, far
    stream.close()
    far.close()


LONG = publish_packet(b"a/topic", bytes(20_000))
SHORT = publish_packet(b"t", b"x")


def test_packets_come_whole_whatever_the_pieces(pair):
    stream, far = pair
    everything = SHORT + LONG + PINGRESP + SHORT
    taken = []
    for start in range(0, len(everything), 4_999):
        far.sendall(everything[start : start + 4_999])
        stream.fill()
        taken += stream.packets(100)
    assert taken == [SHORT, LONG, PINGRESP, SHORT]
    assert not stream.pending


def test_what_is_no_packet_is_raised_once_and_let_go(pair):
    stream, far = pair
    far.sendall(SHORT + b"\x32\xff\xff\xff\xff\x01" + SHORT)
    stream.fill()
    taken = []
    with pytest.raises(ValueError, match="four bytes"):
        taken.extend(stream.packets(100))
    assert not stream.pending
    assert not stream.more
    assert [*stream.packets(100)] == []


def test_no_more_are_taken_than_asked_for_and_the_rest_is_pending(pair):
    stream, far = pair
    far.sendall(SHORT * 3)
    stream.fill()
    assert [*stream.packets(2)] == [SHORT, SHORT]
    assert stream.pending
    assert [*stream.packets(2)] == [SHORT]


def test_it_says_that_there_may_be_more_until_a_read_has_shown_that_there_is_not(pair, monkeypatch):
    stream, far = pair
    monkeypatch.setattr("ingest.broker.stream.READ_BYTES", 2 * len(SHORT))
    far.sendall(SHORT * 3)
    stream.fill()
    assert len([*stream.packets(10)]) == 2
    assert stream.more
    stream.fill()
    assert stream.more, "one is pending"
    assert len([*stream.packets(10)]) == 1
    assert not stream.more
    far.sendall(SHORT * 2)
    stream.fill()
    assert len([*stream.packets(10)]) == 2
    stream.fill()
    assert not stream.more, "it had ended with a full read"


def test_a_length_that_no_packet_has_is_an_error(pair):
    stream, far = pair
    far.sendall(b"\x30\xff\xff\xff\xff\x01")
    stream.fill()
    with pytest.raises(ValueError, match="length"):
        [*stream.packets(1)]


def test_paho_reads_what_it_is_given_and_nothing_else(pair):
    stream, far = pair
    far.sendall(SHORT)
    stream.fill()
    with pytest.raises(BlockingIOError):
        stream.recv(1)
    stream.give(PINGRESP)
    assert (stream.recv(1), stream.recv(5)) == (PINGRESP[:1], PINGRESP[1:])
    with pytest.raises(BlockingIOError):
        stream.recv(1)


def test_the_end_of_the_connection_is_an_empty_read(pair):
    stream, far = pair
    far.sendall(SHORT)
    far.close()
    stream.fill()
    stream.fill()
    assert stream.broken
    assert [*stream.packets(5)] == [SHORT]
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


def test_what_is_owed_is_taken_however_much_waits(pair):
    """An acknowledgement that was thrown away would come again only after a new connection."""
    stream, far = pair
    with contextlib.suppress(BlockingIOError):
        while True:
            stream.send(bytes(65_536))
    with pytest.raises(BlockingIOError):
        stream.send(b"more")
    stream.append(b"owed")
    got = bytearray()
    far.settimeout(5)
    while not got.endswith(b"owed"):
        stream.flush()
        got += far.recv(1_000_000)
    assert not stream.unsent


def test_a_failed_write_shows_where_paho_looks(pair):
    stream, far = pair
    far.close()
    stream.send(b"x")
    stream.flush()
    assert stream.broken
    assert stream.recv(10) == b""
