"""The brokers as linli configures them, with real clients."""

import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy import broker as brokers
from deploy import mosquitto
from deploy.errors import DeployError
from deploy.ports import LOOPBACK

WAIT_S = 20


def connect(port: int, name: str, *, clean: bool = True) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean, protocol=mqtt.MQTTv311
    )
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect(LOOPBACK, port)
    client.loop_start()
    assert connected.wait(WAIT_S)
    return client


def leave(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


def subscribe(client: mqtt.Client, topic: str) -> None:
    granted = threading.Event()
    client.on_subscribe = lambda *_: granted.set()
    client.subscribe(topic, qos=1)
    assert granted.wait(WAIT_S)


def test_a_photo_of_the_greatest_size_arrives(broker) -> None:
    photo = bytes(range(256)) * 256
    arrived = threading.Event()
    received: list[bytes] = []

    reader = connect(broker.port, "reader")

    def take(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        received.append(bytes(message.payload))
        arrived.set()

    reader.on_message = take
    subscribe(reader, "linli/v1/+/+/photos")
    writer = connect(broker.port, "writer")
    writer.publish("linli/v1/garden/bin-1/photos", photo, qos=1).wait_for_publish(WAIT_S)

    assert arrived.wait(WAIT_S)
    assert received == [photo]
    leave(reader)
    leave(writer)


def test_an_absent_session_gets_what_it_missed_in_order(broker) -> None:
    # More than the embedded broker keeps for a topic that ingest does not read (256 KB).
    messages, filling = 2000, "." * 500
    reader = connect(broker.port, "ingest", clean=False)
    subscribe(reader, "linli/v1/+/+/events")
    leave(reader)

    writer = connect(broker.port, "bin")
    sent = [writer.publish("linli/v1/garden/bin-1/events", f"{n} {filling}", qos=1) for n in range(messages)]
    for info in sent:
        info.wait_for_publish(WAIT_S)
    leave(writer)

    received: list[int] = []
    complete = threading.Event()

    def take(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        received.append(int(message.payload.split()[0]))
        if len(received) == messages:
            complete.set()

    reader = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id="ingest", clean_session=False, protocol=mqtt.MQTTv311
    )
    reader.on_message = take
    reader.connect(LOOPBACK, broker.port)
    reader.loop_start()
    assert complete.wait(WAIT_S)
    assert received == list(range(messages))
    leave(reader)


def test_the_embedded_broker_keeps_its_memory_bounded(embedded_broker) -> None:
    photo = b"x" * 64_000
    reader = connect(embedded_broker.port, "reader")
    seen = threading.Semaphore(0)
    reader.on_message = lambda *_: seen.release()
    subscribe(reader, "linli/v1/+/+/photos")
    writer = connect(embedded_broker.port, "writer")
    for _ in range(30):  # 192 MB in all
        for info in [writer.publish("linli/v1/garden/bin-1/photos", photo, qos=1) for _ in range(100)]:
            info.wait_for_publish(WAIT_S)
    for _ in range(3000):
        assert seen.acquire(timeout=WAIT_S)

    status = Path(f"/proc/{embedded_broker.pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    resident_kb = next(
        int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")
    )
    # 64 MB of photos are kept for an absent ingest; 192 MB went through.
    assert resident_kb < 150_000
    leave(reader)
    leave(writer)


def test_a_broker_starts_again_on_its_port_after_kill_9(broker) -> None:
    broker.kill()
    broker.start()
    leave(connect(broker.port, "after"))


def test_mosquitto_listens_on_loopback_alone_and_without_nagle(tmp_path: Path) -> None:
    lines = mosquitto.configuration(LOOPBACK, 1234, tmp_path).splitlines()
    assert [line for line in lines if line.startswith("listener")] == ["listener 1234 127.0.0.1"]
    assert "set_tcp_nodelay true" in lines
    assert f"persistence_location {tmp_path}/" in lines


def test_without_any_broker_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.mosquitto.find", lambda: None)
    monkeypatch.setattr("deploy.embedded.installed", lambda: False)
    with pytest.raises(DeployError, match="apt-get install mosquitto") as error:
        brokers.choose("auto")
    assert "\n" not in str(error.value)


def test_auto_prefers_mosquitto_and_falls_back_on_the_embedded_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deploy.mosquitto.find", lambda: "/usr/sbin/mosquitto")
    assert brokers.choose("auto").kind == "mosquitto"
    monkeypatch.setattr("deploy.mosquitto.find", lambda: None)
    assert brokers.choose("auto").kind == "iotcore"


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(DeployError, match="amqtt"):
        brokers.choose("amqtt")
