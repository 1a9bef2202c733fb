"""A courier against a broker and an ingest made of lists, by a clock that only we move."""

import random

from edge.courier import Courier
from edge.outboxfile import MAX_BYTES, open_outbox
from linli.batch import decode_batch
from linli.decoding import MESSAGE_MAX_BYTES
from linli.events import Fault, Telemetry, encode
from linli.topics import Channel
from tests.unit.edge.receiver import Ledger

WALL = 1_764_032_400_000
DAY_MS = 86_400_000


class World:
    """A courier, its connection and who listens. What is sent lies in `wire` until `deliver`."""

    def __init__(self, path, max_bytes=MAX_BYTES):
        self.outbox = open_outbox(path, max_bytes)
        self.courier = Courier(self.outbox, self.send, random.Random(7))
        self.ledger = Ledger()
        self.wire: list[tuple[Channel, bytes]] = []
        self.sent: list[tuple[Channel, bytes]] = []
        self.up = True
        self.now = 0
        self.numbers = 0

    def send(self, channel, payload):
        assert len(payload) <= MESSAGE_MAX_BYTES
        if not self.up:
            return None
        self.numbers += 1
        self.wire.append((channel, payload))
        self.sent.append((channel, payload))
        return self.numbers

    def step(self, ms=0):
        self.now += ms
        self.courier.step(self.now, WALL + self.now)

    def puback(self):
        for number in range(1, self.numbers + 1):
            self.courier.taken(number)

    def deliver(self, *, receipts=True, lose=()):
        self.puback()
        came, self.wire = self.wire, []
        for at, (channel, payload) in enumerate(came):
            if at in lose:
                continue
            take = self.ledger.events_came if channel is Channel.EVENTS else self.ledger.photo_came
            receipt = take(payload, WALL + self.now)
            if receipts:
                self.courier.receipt(encode(receipt), self.now, WALL + self.now)

    def readings(self, n):
        self.outbox.append_all([Telemetry(seq=1, ts=WALL, fill_pct=5.0)] * n)

    def batches(self):
        return [
            [event.seq for event in decode_batch(payload).events]
            for channel, payload in self.sent
            if channel is Channel.EVENTS
        ]


def fault(code="scale"):
    return Fault(seq=1, ts=WALL, code=code)
