"""The secrets of the compose file, held against the broker that reads them."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy import credentials, ports
from deploy.process import ROOT, Process
from linli import topics
from linli.topics import Channel, Topic

WAIT_S = 15
COMPOSE = ROOT / "deploy" / "compose"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    credentials.make(tmp_path)
    return tmp_path


def env(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_secrets_are_long_all_different_and_for_their_reader_alone(folder: Path, tmp_path: Path) -> None:
    server = env(folder / "linli" / "server.env")
    bins = env(folder / "linli" / "bins.env")
    made = [
        *server.values(),
        *bins.values(),
        (folder / "influxdb" / "password").read_text(),
    ]
    assert len(set(made)) == len(made) == 5
    assert all(len(secret) >= 40 for secret in made)
    assert (folder / "influxdb" / "token").read_text() == server["LINLI_INFLUXDB_TOKEN"]
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_second_start_changes_nothing(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    credentials.make(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_show_says_what_a_person_needs_and_nothing_more(folder: Path) -> None:
    shown = credentials.show(folder)
    server = env(folder / "linli" / "server.env")
    assert server["LINLI_API_TOKEN"] in shown
    assert env(folder / "linli" / "bins.env")["LINLI_BROKER_PASSWORD"] in shown
    assert server["LINLI_INFLUXDB_TOKEN"] not in shown
    assert server["LINLI_BROKER_PASSWORD"] not in shown


def test_mosquitto_lets_bins_speak_upward_only_and_strangers_not_at_all(
    folder: Path, require_server: Callable[[str], str], free_port: Callable[[], int]
) -> None:
    binary, port = require_server("mosquitto"), free_port()
    text = (COMPOSE / "mosquitto.conf").read_text()
    for inside, here in {
        "listener 1883": f"listener {port} 127.0.0.1",
        "/secrets/": f"{folder}/mosquitto/",
        "/mosquitto/data/": f"{folder}/",
    }.items():
        assert inside in text
        text = text.replace(inside, here)
    # The image's user owns the files; here it is whoever runs the test.
    text += "\nuser root\n"
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    config = folder / "mosquitto.conf"
    config.write_text(text)
    process = Process("mosquitto", [binary, "-c", str(config)], {}, folder / "mosquitto.log")
    process.start()
    try:
        process.wait_ready(lambda: ports.answers(port), WAIT_S)
        _speak(port, folder)
    finally:
        process.stop()


def _speak(port: int, folder: Path) -> None:
    ingest_password = env(folder / "linli" / "server.env")["LINLI_BROKER_PASSWORD"]
    bin_password = env(folder / "linli" / "bins.env")["LINLI_BROKER_PASSWORD"]
    assert _connect(port, "stranger", None, None)[1] == "Not authorized"
    assert _connect(port, "guesser", "bin", ingest_password)[1] == "Not authorized"

    ingest, answer = _connect(port, "ingest", "ingest", ingest_password)
    assert answer == "Success"
    heard: list[str] = []
    last = threading.Event()

    def take(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        heard.append(message.topic)
        if message.topic == str(Topic("garden", "bin-1", Channel.EVENTS)):
            last.set()

    ingest.on_message = take
    granted = threading.Event()
    ingest.on_subscribe = lambda *_: granted.set()
    ingest.subscribe(f"{topics.PREFIX}/#", qos=1)
    assert granted.wait(WAIT_S)

    device, answer = _connect(port, "bin-1", "bin", bin_password)
    assert answer == "Success"
    for channel in (Channel.RECEIPTS, Channel.COMMANDS, Channel.EVENTS):  # the one that is allowed comes last
        device.publish(str(Topic("garden", "bin-1", channel)), "x", qos=1).wait_for_publish(WAIT_S)
    assert last.wait(WAIT_S)
    assert heard == [str(Topic("garden", "bin-1", Channel.EVENTS))]
    for client in (ingest, device):
        client.disconnect()
        client.loop_stop()


def _connect(port: int, name: str, user: str | None, password: str | None) -> tuple[mqtt.Client, str]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311)
    client.username_pw_set(user, password)
    answered = threading.Event()
    answers: list[str] = []

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: object, reason: object, _rest: object
    ) -> None:
        answers.append(str(reason))
        answered.set()

    client.on_connect = on_connect
    client.connect(ports.LOOPBACK, port)
    client.loop_start()
    assert answered.wait(WAIT_S)
    if answers[0] != "Success":
        client.loop_stop()
    return client, answers[0]
