"""The load: many devices behind one raw socket, each with its window, each obeying its receipts.

A process of its own (`python -m benchmarks.load PLAN.json`); prints one JSON line when all is settled.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from benchmarks import packets
from benchmarks.device import COMMUNITY, Device
from linli.topics import Channel, Topic

STALL_S = 30.0


@dataclass(slots=True)
class Plan:
    """What to send. `rate` is events a second, 0 for as fast as windows allow.

    `batch`: events in a message; where `rate` is set a message takes what waits, up to so many.
    `photo_bytes`: events are deposits, each with a photo of that size. `hot_every`: of a device's events each
    so-many-th is a fire. `refused`: beside each message goes one that cannot be read. `receipts`: false where
    nobody gives any; then it is done when the broker has taken all.
    """

    port: int
    epoch: str
    devices: int
    events: int
    batch: int
    rate: float = 0.0
    photo_bytes: int = 0
    hot_every: int = 0
    refused: bool = False
    receipts: bool = True


class Load:
    """Sends a plan and measures from publish to receipt. Seconds throughout."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._socket = socket.create_connection(("127.0.0.1", plan.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = bytearray(), bytearray()
        photo = b"\xff\xd8\xff" + random.Random(1).randbytes(plan.photo_bytes) if plan.photo_bytes else b""
        self._devices = [Device(number, plan.epoch, photo, plan.hot_every) for number in range(plan.devices)]
        self._names = {device.name: device for device in self._devices}
        self._ready: deque[Device] = deque()
        self._made = self._taken = self._published = 0
        self._packet_id = 0
        self._latencies: list[float] = []
        self._selector = selectors.DefaultSelector()

    def connect(self) -> None:
        """Connect, and subscribe to the receipts."""
        receipts = str(Topic(COMMUNITY, "+", Channel.RECEIPTS))
        self._socket.sendall(packets.connect("load") + packets.subscribe(1, receipts))
        while not any(kind == packets.SUBACK for kind, _, _ in self._receive()):
            pass
        self._socket.setblocking(False)  # noqa: FBT003 - its name says what
        self._selector.register(self._socket, selectors.EVENT_READ)

    def run(self) -> dict[str, object]:
        """Send it all and wait until it is all settled."""
        start = last = time.time()
        progress = time.monotonic()
        produced = start
        while not self._done():
            self._make(start)
            if self._made == self._plan.events and produced == start:
                produced = time.time()
            self._fill()
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
            self._selector.modify(self._socket, wanted)
            for _, mask in self._selector.select(0.001 if self._plan.rate else 0.05):
                if mask & selectors.EVENT_WRITE:
                    del self._out[: self._socket.send(memoryview(self._out)[:262_144])]
                if mask & selectors.EVENT_READ and self._take(self._receive()):
                    last, progress = time.time(), time.monotonic()
            if time.monotonic() - progress > STALL_S:
                break
        return {
            "start": start,
            "seconds": last - start,
            "drained_s": last - produced,
            "unsettled": sum(device.waits for device in self._devices) if self._plan.receipts else 0,
            "messages": self._published,
            "cpu_s": time.process_time(),
            "latencies_ms": sorted(1000 * latency for latency in self._latencies),
        }

    def _done(self) -> bool:
        if self._made < self._plan.events or self._out or self._ready:
            return False
        if not self._plan.receipts:
            return self._taken >= self._published
        return not any(device.waits for device in self._devices)

    def _make(self, start: float) -> None:
        """Let events happen, one after the other at each device in turn."""
        due = self._plan.events
        if self._plan.rate:
            due = min(due, int((time.time() - start) * self._plan.rate))
        for number in range(self._made, due):
            device = self._devices[number % self._plan.devices]
            idle = not device.may_send
            device.made += 1
            if idle and device.may_send:
                self._ready.append(device)
        self._made = max(self._made, due)

    def _fill(self) -> None:
        while self._ready and len(self._out) < 1_048_576:
            device = self._ready.popleft()
            self._out += device.batch(self._plan.batch, time.time(), self._next_id())
            self._published += 1 + bool(self._plan.photo_bytes)
            if self._plan.refused:
                self._out += device.refused(self._next_id())
                self._published += 1
            if not self._plan.receipts:
                device.out.clear()
            if device.may_send:
                self._ready.append(device)

    def _next_id(self) -> int:
        self._packet_id = self._packet_id % 65_535 + 1
        return self._packet_id

    def _take(self, received: list[tuple[int, int, bytes]]) -> bool:
        """Whether anything moved."""
        now, moved = time.time(), False
        for kind, flags, body in received:
            if kind == packets.PUBACK:
                self._taken += 1
                moved = moved or not self._plan.receipts
            if kind != packets.PUBLISH:
                continue
            topic, payload = packets.topic_and_payload(flags, body)
            device, receipt = self._names[topic.split("/")[3]], json.loads(payload)
            full = not device.may_send
            took = device.settle(receipt["through"], receipt.get("photos", ()), now)
            self._latencies += took
            moved = moved or bool(took)
            if full and device.may_send:
                self._ready.append(device)
        return moved

    def _receive(self) -> list[tuple[int, int, bytes]]:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._in += data
        return list(packets.split(self._in))


def main() -> None:
    """Run the plan named on the command line."""
    load = Load(Plan(**json.loads(Path(sys.argv[1]).read_text())))
    load.connect()
    print(json.dumps(load.run()))


if __name__ == "__main__":
    main()
