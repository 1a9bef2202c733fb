"""Bins that obey the wire contract, many behind one connection: they forget an event only on a receipt.

Written from docs/mqtt.md alone, with a short patience: a test need not wait half a minute for a question.
"""

import random
import time
from queue import SimpleQueue
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from linli.messages import Receipt, decode_receipt
from linli.topics import Channel, Topic

PATIENCE_S = 1.0
WINDOW = 8
BATCH = 5


class Bin:
    """One device: what it still holds, and what is out without a receipt."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.epoch = f"{random.Random(seed).getrandbits(40):010x}"
        self.held: dict[int, dict[str, Any]] = {}
        self.given = 0
        self.out: dict[int, float] = {}
        """first number of a batch that is out -> when it was sent"""

    def make(self, event: dict[str, Any]) -> None:
        self.given += 1
        self.held[self.given] = {"seq": self.given, "ts": _now_ms()} | event

    def settle(self, through: int, ranges: list[tuple[int, int]]) -> None:
        for start, end in [(1, through), *ranges]:
            for seq in range(start, min(end, self.given) + 1):
                self.held.pop(seq, None)
        self.out = {first: at for first, at in self.out.items() if first in self.held}

    def batch(self, first: int) -> bytes:
        numbers = [seq for seq in range(first, first + BATCH) if seq in self.held]
        body = {
            "epoch": self.epoch,
            "first": min(self.held),
            "sent": _now_ms(),
            "events": [self.held[seq] for seq in numbers],
        }
        return msgspec.json.encode(body)

    def due(self, now: float) -> list[int]:
        """The batches to send now: what fits the window, and the oldest again when it has waited too long."""
        starts = list(dict.fromkeys((seq - 1) // BATCH * BATCH + 1 for seq in sorted(self.held)))
        firsts = [next(s for s in range(start, start + BATCH) if s in self.held) for start in starts]
        new = [first for first in firsts if first not in self.out][: max(0, WINDOW - len(self.out))]
        oldest = min(self.out, key=self.out.__getitem__, default=None)
        asked = [oldest] if oldest is not None and now - self.out[oldest] > PATIENCE_S else []
        for first in (*new, *asked):
            self.out[first] = now
        return [*new, *asked]


class Bins:
    """A neighbourhood of bins behind one connection of the real client."""

    def __init__(self, host: str, port: int, community: str, names: list[str], seed: int = 1) -> None:
        self.community = community
        self.bins = {name: Bin(name, seed * 1_000 + i) for i, name in enumerate(names)}
        self._random = random.Random(seed)
        self._came: SimpleQueue[tuple[str, Receipt]] = SimpleQueue()
        """Receipts, from paho's thread: `turn` lets the bins have them, between looks at what they hold."""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"bins-{seed}", clean_session=False, protocol=paho.MQTTv311
        )
        self._client.reconnect_delay_set(0.2, 1)  # type: ignore[arg-type]  # it takes fractions
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async(host, port, 30)
        self._client.loop_start()

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe(f"linli/v1/{self.community}/+/receipts", 0)

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self._came.put((message.topic.split("/")[3], decode_receipt(bytes(message.payload))))

    def make(self, n: int) -> None:
        """Each bin has `n` more events: readings, and every fourth a deposit."""
        for each in self.bins.values():
            for _ in range(n):
                if each.given % 4 == 3:
                    each.make({"kind": "deposit", "compartment": "kitchen", "item": "battery",
                               "item_kind": "hazardous", "confidence": 0.9})  # fmt: skip
                else:
                    each.make({"kind": "telemetry", "compartment": "kitchen",
                               "fill_pct": round(self._random.uniform(0, 100), 1)})  # fmt: skip

    def turn(self) -> None:
        """Take the receipts that came, and send what is due."""
        while not self._came.empty():
            name, receipt = self._came.get()
            each = self.bins.get(name)
            if each is not None and receipt.epoch == each.epoch:  # others have bins here too
                each.settle(receipt.through, receipt.ranges)
        now = time.monotonic()
        for each in self.bins.values():
            for first in each.due(now):
                if first in each.held:
                    topic = str(Topic(self.community, each.name, Channel.EVENTS))
                    self._client.publish(topic, each.batch(first), 1)

    @property
    def held(self) -> int:
        return sum(len(each.held) for each in self.bins.values())

    @property
    def made(self) -> int:
        return sum(each.given for each in self.bins.values())

    def drain(self, timeout_s: float = 60) -> None:
        """Until every event has its receipt."""
        end = time.monotonic() + timeout_s
        while self.held and time.monotonic() < end:
            self.turn()
            time.sleep(0.02)
        assert not self.held, f"{self.held} events without a receipt after {timeout_s} s"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
