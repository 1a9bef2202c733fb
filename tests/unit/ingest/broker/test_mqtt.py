"""The connection, against a real broker."""

import time
from collections.abc import Callable, Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.client import Broker
from ingest.broker.link import Link
from ingest.broker.message import Message
from ingest.broker.mqtt import Mqtt


class Ear:
    def __init__(self, host: str, port: int) -> None:
        self.heard: list[Message] = []
        self.mqtt = Mqtt(
            Broker(host, port, "ear-1"), ["linli/v1/+/+/events"], self.heard.append, lambda: 1, seed=1
        )

    def until(self, what: Callable[[], bool], timeout_s: float = 15) -> None:
        end = time.monotonic() + timeout_s
        while not what():
            assert time.monotonic() < end
            self.mqtt.turn(0.02)


@pytest.fixture
def ear(broker) -> Iterator[Ear]:
    made = Ear(broker.host, broker.port)
    made.until(lambda: made.mqtt.ready)
    yield made
    made.mqtt.close()


@pytest.fixture
def say(broker) -> Iterator[Callable[[str], None]]:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.connect(broker.host, broker.port)
    client.loop_start()
    yield lambda text: client.publish("linli/v1/a/b/events", text, 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_what_was_not_acknowledged_comes_again_on_the_next_connection_and_only_there(ear, say):
    for text in ("one", "two", "three"):
        say(text)
    ear.until(lambda: len(ear.heard) == 3)
    first = list(ear.heard)
    assert ear.mqtt.ack(first[:1]) == 1
    ear.mqtt._hang_up("a test")
    assert ear.mqtt.state is Link.WAITING
    assert ear.mqtt.ack(first) == 0
    ear.until(lambda: ear.mqtt.ready)
    assert ear.mqtt.ack(first) == 0, "a PUBACK belongs to the connection it came on"
    ear.until(lambda: len(ear.heard) == 5)
    again = ear.heard[3:]
    assert [m.payload for m in again] == [b"two", b"three"]
    assert ear.mqtt.ack(again) == 2
    ear.mqtt._hang_up("a test")
    ear.until(lambda: ear.mqtt.ready)
    say("four")
    ear.until(lambda: len(ear.heard) > 5)
    assert [m.payload for m in ear.heard[5:]] == [b"four"]


def test_a_broker_that_went_comes_back_and_so_do_we(ear, broker, say):
    broker.kill()
    ear.until(lambda: ear.mqtt.state is Link.WAITING)
    assert ear.mqtt.publish("linli/v1/a/b/receipts", b"{}") is None
    assert not ear.mqtt.send("linli/v1/a/b/receipts", b"{}")
    connection = ear.mqtt.connection
    broker.start()
    ear.until(lambda: ear.mqtt.ready)
    assert ear.mqtt.connection > connection


@pytest.mark.parametrize("size", [0, 100, 127, 128, 20_000, 70_000])
def test_what_is_sent_arrives_as_it_was(ear, size):
    payload = bytes(range(256)) * (size // 256 + 1)
    assert ear.mqtt.send("linli/v1/a/b/events", payload[:size])
    ear.until(lambda: len(ear.heard) == 1)
    assert (ear.heard[0].topic, ear.heard[0].payload) == (b"linli/v1/a/b/events", payload[:size])


def test_what_the_broker_has_not_taken_is_known_and_comes_after_a_reconnect(ear):
    packet = ear.mqtt.publish("linli/v1/a/b/events", b"kept")
    assert packet in ear.mqtt.unconfirmed
    ear.until(lambda: not ear.mqtt.unconfirmed)
    ear.until(lambda: [m.payload for m in ear.heard] == [b"kept"])


def test_unread_the_broker_keeps_the_rest(ear, say):
    say("one")
    for _ in range(10):
        ear.mqtt.turn(0.02, read=False)
    assert ear.heard == []
    ear.until(lambda: len(ear.heard) == 1)


def test_unread_for_long_the_connection_stands(broker, say, monkeypatch):
    monkeypatch.setattr("ingest.broker.client.KEEPALIVE_S", 1)
    monkeypatch.setattr("ingest.broker.mqtt.KEEPALIVE_S", 1)
    ear = Ear(broker.host, broker.port)
    ear.until(lambda: ear.mqtt.ready)
    say("one")
    end = time.monotonic() + 4
    while time.monotonic() < end:
        ear.mqtt.turn(0.05, read=False)
    say("two")
    ear.until(lambda: len(ear.heard) == 2)
    assert ear.mqtt.connection == 1
    ear.mqtt.close()


def test_while_nothing_can_be_taken_no_connection_is_begun(ear):
    ear.mqtt._hang_up("a test")
    end = time.monotonic() + 1
    while time.monotonic() < end:
        ear.mqtt.turn(0.05, read=False)
    assert ear.mqtt.state is Link.WAITING
    ear.until(lambda: ear.mqtt.ready)


def test_what_is_no_packet_ends_the_connection_and_nothing_else(ear, say):
    ear.mqtt._client.stream._ahead += b"\x32\xff\xff\xff\xff\x01"
    ear.until(lambda: ear.mqtt.ready and ear.mqtt.connection == 2)
    say("one")
    ear.until(lambda: len(ear.heard) == 1)


def test_nobody_there_is_a_state_and_no_exception(free_port):
    ear = Ear("127.0.0.1", free_port())
    for _ in range(5):
        ear.mqtt.turn(0.01)
    assert ear.mqtt.state == "waiting"
    ear.mqtt.close()
    assert ear.mqtt.state == "closed"
