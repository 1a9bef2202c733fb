"""The publisher at real brokers, with a receiver that gives receipts."""

import socket
import time

import pytest

from edge.commands import CommandDesk
from edge.reminder import Reminder
from linli.events import Deposit, encode
from linli.messages import Command
from linli.topics import Channel
from tests.unit.edge.devices import Site, readings
from tests.unit.edge.receiver import Receiver


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
