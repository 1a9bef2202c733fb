"""The publisher at real brokers, with a receiver that gives receipts."""

import contextlib
import itertools
import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.clock import system_clock
from edge.commands import CommandDesk
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from edge.reminder import Reminder
from edge.window import ASK_AFTER_MS
from linli.events import Deposit, Telemetry, encode
from linli.messages import Command
from linli.topics import Channel
from tests.unit.edge.receiver import Receiver

NO_TEXT = b"\x20\x02\x00\x00\x30\x04\x00\x02\xff\xfe"
"""CONNACK, and a message on a topic that is no UTF-8."""


class Site:
    """Devices in one loop, at one broker."""

    def __init__(self, host, port, folder):
        self.broker = Broker(host, port, keepalive_s=5)
        self.folder = folder
        self.clock = system_clock()
        self.loop = EdgeLoop(self.clock)
        self.publishers: dict[str, Publisher] = {}

    def device(self, name, on_command=None):
        outbox = open_outbox(self.folder / f"{name}.outbox")
        rng = random.Random(name)
        publisher = Publisher(Identity("garden", name, model="ab" * 32), outbox, self.broker, rng, on_command)
        self.publishers[name] = publisher
        self.loop.add(publisher)
        return publisher

    def until(self, done, timeout_s=20.0):
        assert self.loop.run_until(done, timeout_s, 0.01), "it did not come to pass"

    def close(self):
        for publisher in self.publishers.values():
            publisher.close(self.clock.wall())
            publisher.courier.outbox.close()
        self.loop.close()


@contextlib.contextmanager
def greeted(site, publisher, broker):
    """The far end of a connection that was accepted, and nothing more."""
    site.until(lambda: publisher.socket() is not None)
    connection, _ = broker.accept()
    with connection:
        connection.sendall(b"\x20\x02\x00\x00")
        yield connection


@pytest.fixture
def site(broker, tmp_path):
    made = Site(broker.host, broker.port, tmp_path)
    yield made
    made.close()


@pytest.fixture
def receiver(broker):
    made = Receiver(broker.host, broker.port, session="the-receiver")
    yield made
    made.stop()


def readings(outbox, n):
    outbox.append_all([Telemetry(seq=1, ts=1_000, fill_pct=5.0)] * n)


def test_events_and_photos_reach_the_other_end_and_only_then_leave_the_outbox(site, receiver):
    outbox = site.device("bin-1").courier.outbox
    readings(outbox, 45)
    photos = [bytes([255, 216, 255, at]) * 14_000 for at in range(9)]
    for photo in photos:
        outbox.append(Deposit(seq=1, ts=1, compartment="k", unsure="bag", photo_sha256="0" * 64), photo)
    site.until(lambda: outbox.empty)
    ledger = receiver.ledgers["bin-1"]
    assert ledger.settled[outbox.epoch].ranges() == [(1, 54)]
    assert set(ledger.copies.values()) == {1}
    assert sorted(ledger.photos.values()) == sorted(photos)


def test_birth_and_goodbye_and_a_new_session_at_each_connection(site, receiver):
    publisher = site.device("bin-1")
    site.until(lambda: publisher.online)
    site.until(lambda: len(receiver.statuses["bin-1"]) == 1)
    publisher.close(site.clock.wall())
    site.loop.remove(publisher)
    site.until(lambda: len(receiver.statuses["bin-1"]) == 2)
    site.loop.add(publisher)
    site.until(lambda: len(receiver.statuses["bin-1"]) == 3)
    birth, goodbye, again = receiver.statuses["bin-1"][:3]
    assert (birth["state"], goodbye["state"], again["state"]) == ("online", "offline", "online")
    assert birth["session"] == goodbye["session"] != again["session"]
    assert birth["software"].startswith("linli-edge/")
    assert birth["model"] == "ab" * 32


def test_the_broker_keeps_nothing_for_a_device_that_is_away(site, receiver):
    """A session kept for it would be a second outbox, and hand it a reminder for somebody long gone."""
    publisher = site.device("bin-1", CommandDesk([lambda _: None]).answer)
    site.until(lambda: publisher.online)
    publisher.close(site.clock.wall())
    site.loop.remove(publisher)
    site.until(lambda: [status["state"] for status in receiver.statuses["bin-1"]] == ["online", "offline"])
    late = Command(id="aaaaaaaa", command="remind", text="late")
    receiver.command(publisher.identity.topic(Channel.COMMANDS), encode(late))
    site.loop.run_until(lambda: False, 0.3)
    site.loop.add(publisher)
    site.until(lambda: publisher.online)
    now = Command(id="bbbbbbbb", command="remind", text="now")
    receiver.command(publisher.identity.topic(Channel.COMMANDS), encode(now))
    site.until(lambda: receiver.replies != [])
    assert [reply["id"] for reply in receiver.replies] == ["bbbbbbbb"]


def test_a_device_that_vanishes_leaves_its_will(site, receiver):
    publisher = site.device("bin-1")
    site.until(lambda: len(receiver.statuses["bin-1"]) == 1)
    sock = publisher.socket()
    assert sock is not None
    sock.shutdown(socket.SHUT_RDWR)
    site.loop.remove(publisher)
    deadline = time.monotonic() + 10
    while len(receiver.statuses["bin-1"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    birth, will = receiver.statuses["bin-1"]
    assert will == {"state": "offline", "session": birth["session"]}


def test_its_socket_does_not_wait_to_fill_packets(site):
    publisher = site.device("bin-1")
    site.until(lambda: publisher.online)
    sock = publisher.socket()
    assert sock is not None
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_without_an_answer_nothing_is_forgotten_and_an_answer_in_the_end_frees_all(site, receiver):
    receiver.deaf = True
    publisher = site.device("bin-1")
    outbox = publisher.courier.outbox
    readings(outbox, 400)
    site.until(lambda: publisher.online)
    site.loop.run_until(lambda: False, 1.0)
    assert outbox.held == 400
    receiver.deaf = False
    publisher.courier.flush()
    site.until(lambda: outbox.empty, 30)
    ledger = receiver.ledgers["bin-1"]
    assert ledger.settled[outbox.epoch].ranges() == [(1, 400)]


def test_a_broker_killed_with_what_it_had_acknowledged_costs_nothing(site, broker, receiver):
    publisher = site.device("bin-1")
    outbox = publisher.courier.outbox
    readings(outbox, 30)
    site.until(lambda: outbox.empty)
    receiver.deaf = True
    readings(outbox, 100)
    site.until(lambda: all(parcel.at_broker for parcel in publisher.courier.events.backlog._out))
    broker.kill()
    receiver.deaf = False
    site.until(lambda: not publisher.online)
    readings(outbox, 30)
    broker.start()
    site.until(lambda: outbox.empty, 40)
    assert receiver.ledgers["bin-1"].settled[outbox.epoch].ranges() == [(1, 160)]
    assert publisher.connections == 2


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


def test_many_devices_share_one_thread(site, receiver):
    publishers = [site.device(f"bin-{at}") for at in range(60)]
    for publisher in publishers:
        readings(publisher.courier.outbox, 25)
    site.until(lambda: all(publisher.courier.outbox.empty for publisher in publishers), 40)
    for at, publisher in enumerate(publishers):
        assert receiver.ledgers[f"bin-{at}"].settled[publisher.courier.outbox.epoch].ranges() == [(1, 25)]
        assert publisher.connections == 1


def test_commands_are_answered_once_each_and_rubbish_is_not(site, receiver):
    shown: list[Reminder] = []
    publisher = site.device("bin-1", CommandDesk([shown.append]).answer)
    site.until(lambda: publisher.online)
    topic = publisher.identity.topic(Channel.COMMANDS)
    receiver.command(topic, b"\xff no command")
    remind = Command(id="aaaaaaaa", command="remind", text="请把电池投入有害垃圾桶")
    for command in (remind, remind, Command(id="bbbbbbbb", command="config", config={"x": 1.0})):
        receiver.command(topic, encode(command))
    site.until(lambda: len(receiver.replies) == 3)
    assert receiver.replies == [
        {"id": "aaaaaaaa", "ok": True, "detail": "shown"},
        {"id": "aaaaaaaa", "ok": True, "detail": "shown"},
        {"id": "bbbbbbbb", "ok": False, "detail": "config: not supported"},
    ]
    assert [reminder.zh for reminder in shown] == ["请把电池投入有害垃圾桶"]
