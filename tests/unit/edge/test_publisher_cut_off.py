"""The publisher at brokers that are away, silent, deaf or mad."""

import contextlib
import itertools
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.window import ASK_AFTER_MS
from tests.unit.edge.devices import Site, greeted, readings

NO_TEXT = b"\x20\x02\x00\x00\x30\x04\x00\x02\xff\xfe"
"""CONNACK, and a message on a topic that is no UTF-8."""


def test_a_broker_that_is_not_there_is_tried_ever_more_rarely(tmp_path, free_port):
    site = Site("127.0.0.1", free_port(), tmp_path)
    publisher = site.device("bin-1")
    tried, now = [], 0
    while now < 600_000:
        before = publisher._retry_at
        publisher.step(now, 0)
        if publisher.wants_write:
            publisher.writable(now, 0)
        if publisher._retry_at != before:
            tried.append(now)
        now += 50
    gaps = [after - before for before, after in itertools.pairwise(tried)]
    assert 450 <= gaps[0] <= 1_050
    assert all(gap <= 60_050 for gap in gaps)
    assert all(gap >= 29_000 for gap in gaps[-3:])
    assert len(tried) < 30
    site.close()


def test_a_server_that_never_greets_is_left_again(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site = Site("127.0.0.1", silent.getsockname()[1], tmp_path)
        publisher = site.device("bin-1")
        publisher.step(0, 0)
        for now in range(0, 9_900, 100):
            if publisher.wants_write:
                publisher.writable(now, 0)
            publisher.step(now, 0)
        assert publisher.socket() is not None
        publisher.step(10_000, 0)
        assert publisher.socket() is None
        site.close()


@pytest.mark.parametrize("acknowledges", [False, True])
def test_a_connection_whose_other_end_stands_still_is_left_and_one_that_is_only_idle_is_not(
    tmp_path, acknowledges
):
    """As with a cable pulled behind a router: nothing breaks, and nothing comes."""
    with socket.create_server(("127.0.0.1", 0)) as broker:
        site = Site("127.0.0.1", broker.getsockname()[1], tmp_path)
        publisher = site.device("bin-1")
        with greeted(site, publisher, broker) as connection:
            site.until(lambda: publisher.online)
            readings(publisher.courier.outbox, 20)
            site.until(lambda: publisher.courier.untaken_since is not None)
            if acknowledges:
                connection.sendall(b"\x40\x02" + max(publisher.courier.events._in_flight).to_bytes(2))
                site.until(lambda: publisher.courier.untaken_since is None)
            heard = site.clock.steady()
            publisher.step(heard + 4_000, 0)
            assert publisher.online
            publisher.step(heard + 5_000, 0)
            assert publisher.online is acknowledges
        assert publisher.courier.outbox.held == 20
        site.close()


def test_what_the_broker_never_acknowledged_goes_at_once_on_the_next_connection(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as broker:
        site = Site("127.0.0.1", broker.getsockname()[1], tmp_path)
        publisher = site.device("bin-1")
        readings(publisher.courier.outbox, 20)
        for _ in range(2):
            with greeted(site, publisher, broker) as connection:
                connection.setblocking(False)
                received = bytearray()

                def has_events(connection=connection, received=received):
                    with contextlib.suppress(BlockingIOError):
                        received += connection.recv(65_536)
                    return b'"seq":20' in received

                site.until(has_events, ASK_AFTER_MS / 2_000)  # sooner than any question is asked
            site.until(lambda: not publisher.online)
        site.close()


def test_garbage_from_the_other_side_breaks_the_connection_and_nothing_else(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as garbage:
        site = Site("127.0.0.1", garbage.getsockname()[1], tmp_path)
        publisher = site.device("bin-1")
        readings(publisher.courier.outbox, 3)
        for answer in (
            b"\x20\x02\x00\x05",
            b"\xff\xff\xff\xff\xff\xff",
            b"\x20\x02\x00\x00\x30\x03\x00\x05a",
            b"",
        ):
            publisher._retry_at = None
            site.loop.run_until(lambda: publisher.socket() is not None, 5, 0.01)
            connection, _ = garbage.accept()
            connection.sendall(answer)
            connection.close()
            site.until(lambda: publisher.socket() is None, 10)
        assert publisher.courier.outbox.held == 3
        site.close()


def test_it_leaves_in_order_though_something_it_was_sent_is_unread(tmp_path):
    """Else the connection is reset, and the broker sends the will of one that had said goodbye."""
    with socket.create_server(("127.0.0.1", 0)) as broker:
        site = Site("127.0.0.1", broker.getsockname()[1], tmp_path)
        publisher = site.device("bin-1")
        with greeted(site, publisher, broker) as connection:
            site.until(lambda: publisher.online)
            connection.sendall(b"\x90\x04\x00\x01\x00\x01")  # SUBACK, which it has no time to read
            connection.settimeout(10)
            received = bytearray()

            def listen():
                while came := connection.recv(65_536):
                    received.extend(came)
                connection.close()

            with ThreadPoolExecutor(1) as pool:
                listening = pool.submit(listen)
                publisher.close(site.clock.wall())
                listening.result(10)
        assert b'"state":"offline"' in received.partition(b'"online"')[2]
        assert received.endswith(b"\xe0\x00")
        site.close()
