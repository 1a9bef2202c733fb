"""Anything on any topic, through a real broker: refused with its reason, counted, listed, and never again."""

import hashlib
import io
import json
import random
import re
from functools import partial

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from PIL import Image

from linli.decoding import MESSAGE_MAX_BYTES
from tests.e2e.conftest import House, eventually

EVENTS = "linli/v1/garden/bin-1/events"
PHOTOS = "linli/v1/garden/bin-1/photos"


def batch(*events: object, epoch: str = "refusal1") -> bytes:
    return json.dumps({"epoch": epoch, "first": 1, "events": events}).encode()


def good(seq: int) -> dict[str, object]:
    return {"seq": seq, "kind": "telemetry", "compartment": "kitchen", "fill_pct": 10}


def photo(jpeg: bytes, sha256: str = "") -> bytes:
    head = {"epoch": "refusal1", "seq": 1, "sha256": sha256 or hashlib.sha256(jpeg).hexdigest()}
    return json.dumps(head).encode() + b"\n" + jpeg


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


REFUSED: list[tuple[str, bytes, str]] = [
    ("linli/v1/-/bin-1/events", batch(good(1)), "topic"),
    ("linli/v1/atlantis/bin-1/events", batch(good(1)), "unknown_community"),
    (EVENTS, b"", "json"),
    (EVENTS, b"\xff\xfe\x00", "json"),
    (EVENTS, b"[" * 5_000, "schema"),
    (EVENTS, b"nonsense", "json"),
    (EVENTS, b" " * (MESSAGE_MAX_BYTES + 1), "size"),
    (EVENTS, batch(good(901) | {"fill_pct": 101}), "schema"),
    (EVENTS, batch(good(902) | {"fil_pct": 10}), "schema"),
    (EVENTS, batch(good(903) | {"fill_pct": "10"}), "schema"),
    (EVENTS, batch(good(904), epoch="x"), "schema"),
    (EVENTS, batch({"seq": 905, "kind": "nonsense"}), "schema"),
    (
        EVENTS,
        batch({"seq": 906, "kind": "telemetry", "fill_pct": 1, "ext": {"a": "?"}}).replace(b"?", b"\\ud83d"),
        "json",
    ),
    (PHOTOS, b"no header", "photo_header"),
    (PHOTOS, photo(b"x", sha256="0" * 64), "photo_hash"),
    (PHOTOS, photo(b"no picture"), "photo_format"),
    (PHOTOS, photo(png()), "photo_format"),
    ("linli/v1/garden/bin-1/status", b'{"state":"asleep","session":"abcd1234"}', "schema"),
    ("linli/v1/garden/bin-1/replies", b"{}", "schema"),
]


class Sender:
    """Publishes at QoS 1, one at a time, and waits for the broker's PUBACK."""

    def __init__(self, port: int) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="refusals")
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def send(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(20)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def counted(house: House) -> dict[str, int]:
    """What /metrics says was refused, by reason."""
    text = house.api.get("/metrics").text
    found = re.findall(r'^linli_dead_letters_total\{reason="(\w+)"\} ([0-9.e+]+)$', text, re.MULTILINE)
    return {reason: int(float(number)) for reason, number in found}


def stored(house: House) -> int:
    number: int = house.api.get("/api/v1/totals").json()["events"]
    return number


def has(house: House, events: int) -> bool:
    return stored(house) == events


def test_each_refusal_has_its_reason_is_counted_is_listed_and_is_never_delivered_again(house: House) -> None:
    wanted: dict[str, int] = {}
    sender = Sender(house.site.broker_port)
    for seq, (topic, payload, reason) in enumerate(REFUSED, 1):
        sender.send(topic, payload)
        sender.send(EVENTS, batch(good(seq)))
        wanted[reason] = wanted.get(reason, 0) + 1
    sender.close()
    eventually(partial(has, house, len(REFUSED)))
    eventually(lambda: counted(house) == wanted)
    letters = house.api.get("/api/v1/dead-letters", params={"limit": 100}).json()["items"]
    assert sorted(letter["reason"] for letter in letters) == sorted(reason for _, _, reason in REFUSED)
    assert all(letter["detail"] for letter in letters)

    for end in (house.ingest.process.stop, house.ingest.process.kill):
        end()
        house.start_ingest()
        late = Sender(house.site.broker_port)
        seq = stored(house) + 1
        late.send(EVENTS, batch(good(seq)))
        late.close()
        eventually(partial(has, house, seq))
        assert counted(house) == wanted, "the broker delivered refused messages again"


@pytest.mark.parametrize("seed", [1, 2])
def test_arbitrary_bytes_stop_nobody(house: House, seed: int) -> None:
    source = random.Random(seed)
    fragments = [
        batch(good(1)),
        photo(png()),
        b'{"epoch":"',
        b'"events":[',
        b"\\ud83d",
        b"\x00\xff",
        b"}]}",
        b"1e999",
    ]
    sender = Sender(house.site.broker_port)
    for seq in range(1, 101):
        channel = source.choice(["events", "photos", "status", "replies"])
        pieces = [source.choice([*fragments, source.randbytes(source.randrange(40))]) for _ in range(5)]
        text = bytearray(b"".join(pieces))
        if text and source.random() < 0.5:
            text[source.randrange(len(text))] = source.randrange(256)
        sender.send(f"linli/v1/garden/bin-9/{channel}", bytes(text))
        sender.send(EVENTS, batch(good(seq), epoch="survives"))
    sender.close()

    def survived() -> bool:
        rows = house.api.get("/api/v1/ledger", params={"device": "bin-1"}).json()["items"]
        return [row["received"] for row in rows if row["epoch"] == "survives"] == [100]

    eventually(survived)
    assert house.ingest.process.running
    assert house.api.get("/readyz").status_code == 200
