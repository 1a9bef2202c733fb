"""docs/mqtt.md, spoken to a running ingest through a real broker: what it promises is what comes back."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from linli import topics
from linli.messages import Photo, PhotoHeader, Receipt, decode_receipt, encode_photo
from tests.conftest import RunningBroker
from tests.faults.running import Ingest
from tests.unit.ingest.house import jpeg

PAGE = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


class Stranger:
    """A device built from the page alone, and what it hears."""

    def __init__(self, broker: RunningBroker, ingest: Ingest) -> None:
        self.ingest = ingest
        self.heard: list[tuple[str, bytes]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_message = lambda _c, _d, m: self.heard.append((m.topic, bytes(m.payload)))
        self._client.connect(broker.host, broker.port)
        self._client.subscribe([("linli/v1/garden/+/receipts", 0), ("linli/v1/garden/alerts", 1)])
        self._client.loop_start()

    def say(self, topic: str, body: Any, *, retain: bool = False) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._client.publish(topic, payload, 1, retain).wait_for_publish(10)

    def batch(self, epoch: str, *events: dict[str, Any], device: str = "bin-1", first: int = 1) -> None:
        body = {"epoch": epoch, "first": first, "events": list(events)}
        self.say(f"linli/v1/garden/{device}/events", body)

    def receipts(self, device: str = "bin-1", epoch: str = "") -> list[Receipt]:
        topic = f"linli/v1/garden/{device}/receipts"
        found = [decode_receipt(payload) for heard, payload in self.heard if heard == topic]
        return [receipt for receipt in found if epoch in {"", receipt.epoch}]

    def until(self, what: Callable[[], Any], timeout_s: float = 15) -> Any:
        end = time.monotonic() + timeout_s
        while not (found := what()):
            assert time.monotonic() < end, self.heard
            time.sleep(0.02)
        return found

    def settled(self, through: int, **of: str) -> Receipt:
        """The first receipt that settles every number to `through`."""
        return self.until(lambda: next((r for r in self.receipts(**of) if r.through >= through), None))

    def refusals(self) -> dict[str, int]:
        store = self.ingest.opened()
        try:
            return store.dead_letter_counts()
        finally:
            store.close()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def stranger(broker, tmp_path, free_port) -> Iterator[Stranger]:
    folder = tmp_path / "data"
    folder.mkdir()
    ingest = Ingest(folder, broker, free_port())
    ingest.start()
    made = Stranger(broker, ingest)
    time.sleep(0.2)
    yield made
    made.close()
    ingest.process.stop()


def test_every_message_on_the_page_is_taken(stranger):
    batches = [example for example in EXAMPLES if "events" in example]
    assert len(batches) >= 3
    for batch in batches:
        numbers = [event["seq"] for event in batch["events"]]
        stranger.say("linli/v1/garden/bin-1/events", batch)
        stranger.settled(max(numbers), epoch=batch["epoch"])
    for example in EXAMPLES:
        if "session" in example:
            stranger.say("linli/v1/garden/bin-1/status", example, retain=True)
        if set(example) == {"id", "ok", "detail"}:
            stranger.say("linli/v1/garden/bin-1/replies", example)
    stranger.batch("lastone1", {"seq": 1, "kind": "telemetry", "fill_pct": 1})
    stranger.settled(1, epoch="lastone1")
    assert stranger.refusals() == {}


def test_the_same_again_is_answered_again_and_at_most_once_a_second(stranger):
    event = {"seq": 1, "kind": "telemetry", "compartment": "kitchen", "fill_pct": 93}
    started = time.monotonic()
    while time.monotonic() - started < 2.5:
        stranger.batch("question1", event)
        time.sleep(0.05)
    time.sleep(1.2)
    receipts = stranger.receipts(epoch="question1")
    assert 3 <= len(receipts) <= 5
    assert all(receipt.through == 1 for receipt in receipts)
    gaps = [b.now - a.now for a, b in pairwise(receipts)]
    assert min(gaps) >= 990  # the second is waited by a steady clock, the stamps are the wall's
    store = stranger.ingest.opened()
    (row,) = [row for row in store.ledger("garden") if row.epoch == "question1"]
    store.close()
    assert row.received == 1
    assert row.duplicate > 20


def test_settled_is_stored_refused_or_given_up(stranger):
    stranger.batch(
        "settled1",
        {"seq": 2, "kind": "telemetry", "fill_pct": 9},
        {"seq": 3, "kind": "telemetry", "fil_pct": 9},
    )
    receipt = stranger.until(lambda: stranger.receipts(epoch="settled1"))[0]
    assert (receipt.through, receipt.ranges) == (0, [(2, 3)])
    assert [(r.seq, r.reason) for r in receipt.refused] == [(3, "schema")]
    stranger.batch("settled1", {"seq": 7, "kind": "telemetry", "fill_pct": 9}, first=6)
    assert stranger.settled(5, epoch="settled1").ranges == [(7, 7)]


def test_a_stranger_loses_nothing_and_gets_its_receipts(stranger):
    stranger.batch(
        "try00001", {"seq": 1, "kind": "telemetry", "compartment": "kitchen", "fill_pct": 93}, device="bin-77"
    )
    assert stranger.settled(1, device="bin-77").epoch == "try00001"


def test_photos_are_named_when_they_are_safe_and_when_they_never_will_be(stranger):
    picture = jpeg()
    names = []
    for body in (picture, b"no picture"):
        sha256 = hashlib.sha256(body).hexdigest()
        names.append(sha256)
        photo = Photo(PhotoHeader("photos01", 1, sha256), body)
        stranger.say("linli/v1/garden/bin-1/photos", encode_photo(photo))
    names.append("0" * 64)
    stranger.say(
        "linli/v1/garden/bin-1/photos", encode_photo(Photo(PhotoHeader("photos01", 1, "0" * 64), picture))
    )
    stranger.until(lambda: set(names) <= {n for r in stranger.receipts(epoch="photos01") for n in r.photos})
    assert stranger.refusals() == {"photo_format": 1, "photo_hash": 1}


def test_every_reason_on_the_page_is_given_for_what_it_says(stranger):
    stranger.say("linli/v1/garden/x!/events", b"{}")
    stranger.say("linli/v1/nowhere/bin-1/events", b"{}")
    stranger.say("linli/v1/garden/bin-1/events", b" " * 70_000)
    stranger.say("linli/v1/garden/bin-1/events", b"{")
    stranger.say("linli/v1/garden/bin-1/events", b"{}")
    stranger.say("linli/v1/garden/bin-1/photos", b"{}\n")
    stranger.say(
        "linli/v1/garden/bin-1/photos", encode_photo(Photo(PhotoHeader("photos01", 1, "0" * 64), b"x"))
    )
    nothing = Photo(PhotoHeader("photos01", 1, hashlib.sha256(b"").hexdigest()), b"")
    stranger.say("linli/v1/garden/bin-1/photos", encode_photo(nothing))
    stranger.batch("lastone1", {"seq": 1, "kind": "telemetry", "fill_pct": 1})
    stranger.settled(1, epoch="lastone1")
    table = PAGE[PAGE.index("## What is refused") :]
    on_the_page = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    # These need a store that refuses, or thousands of names; tests/faults and tests/unit/ingest make them.
    elsewhere = {"store_refused", "point_rejected", "unknown_devices", "epochs", "gaps"}
    assert stranger.refusals() == dict.fromkeys(on_the_page - elsewhere, 1)


def test_every_change_of_an_alert_is_published(stranger):
    stranger.batch(
        "alerts01",
        *[{"seq": i, "kind": "telemetry", "compartment": "kitchen", "fill_pct": 95} for i in (1, 2)],
    )
    stranger.batch("alerts01", {"seq": 3, "kind": "telemetry", "compartment": "kitchen", "fill_pct": 5})
    topic = topics.alerts("garden")
    stranger.until(lambda: sum(heard == topic for heard, _ in stranger.heard) >= 2)
    fired, resolved = [json.loads(payload) for heard, payload in stranger.heard if heard == topic][:2]
    (example,) = [example for example in EXAMPLES if "severity" in example]
    assert list(fired) == list(example)
    assert (fired["state"], resolved["state"]) == ("firing", "resolved")
    assert fired["id"] == resolved["id"]
