"""The load: many devices behind one raw socket, each with its window, each obeying its receipts.

A process of its own (`python -m benchmarks.load PLAN.json`); prints one JSON line when all is settled.
"""

import json
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import packets
from linli.topics import Channel, Topic

COMMUNITY = "bench"
WINDOW = 8
STALL_S = 30.0


@dataclass(slots=True)
class Plan:
    """What to send. `rate` is messages a second, 0 for as fast as windows allow."""

    port: int
    epoch: str
    devices: int
    messages: int
    batch: int
    rate: float = 0.0


@dataclass(slots=True)
class _Device:
    topic: str
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    out: deque[tuple[int, float]] = field(default_factory=deque)


def device_name(number: int) -> str:
    return f"bin-{number:05d}"


class Load:
    """Sends a plan and measures from publish to receipt. Seconds throughout."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._socket = socket.create_connection(("127.0.0.1", plan.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = bytearray(), bytearray()
        self._devices = {name: _Device(name) for name in map(device_name, range(plan.devices))}
        self._ready: deque[_Device] = deque()
        self._packet_id = 0
        self._latencies: list[float] = []
        self._selector = selectors.DefaultSelector()

    def prepare(self) -> None:
        """Encode every payload before the clock starts, connect, subscribe to the receipts."""
        sent = [0] * self._plan.devices
        names = list(self._devices)
        for number in range(self._plan.messages):
            which = number % self._plan.devices
            device = self._devices[names[which]]
            first = sent[which] + 1
            sent[which] += self._plan.batch
            device.waiting.append((sent[which], self._payload(first, which)))
        self._ready.extend(device for device in self._devices.values() if device.waiting)
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
        left, sent = self._plan.messages, 0
        while left:
            budget = self._budget(start, sent)
            sent += self._fill(budget)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
            self._selector.modify(self._socket, wanted)
            for _, mask in self._selector.select(0.001 if self._plan.rate else 0.05):
                if mask & selectors.EVENT_WRITE:
                    del self._out[: self._socket.send(memoryview(self._out)[:262_144])]
                if mask & selectors.EVENT_READ:
                    settled = self._settle(self._receive())
                    if settled:
                        left, last, progress = left - settled, time.time(), time.monotonic()
            if time.monotonic() - progress > STALL_S:
                break
        return {
            "seconds": last - start,
            "start": start,
            "unsettled": left,
            "cpu_s": time.process_time(),
            "latencies_ms": sorted(1000 * latency for latency in self._latencies),
        }

    def _budget(self, start: float, sent: int) -> int:
        if not self._plan.rate:
            return 256
        return max(0, int((time.time() - start) * self._plan.rate) - sent)

    def _fill(self, budget: int) -> int:
        sent = 0
        while self._ready and sent < budget and len(self._out) < 1_048_576:
            device = self._ready.popleft()
            last, payload = device.waiting.popleft()
            self._packet_id = self._packet_id % 65_535 + 1
            topic = str(Topic(COMMUNITY, device.topic, Channel.EVENTS))
            now = time.time()
            self._out += packets.publish(
                self._packet_id, topic, payload.replace(b'"ts":0', b'"ts":%d' % (now * 1000))
            )
            device.out.append((last, now))
            sent += 1
            if device.waiting and len(device.out) < WINDOW:
                self._ready.append(device)
        return sent

    def _settle(self, received: list[tuple[int, int, bytes]]) -> int:
        settled = 0
        now = time.time()
        for kind, flags, body in received:
            if kind != packets.PUBLISH:
                continue
            topic, payload = packets.topic_and_payload(flags, body)
            device = self._devices[topic.split("/")[3]]
            through = json.loads(payload)["through"]
            full = len(device.out) >= WINDOW
            while device.out and device.out[0][0] <= through:
                self._latencies.append(now - device.out.popleft()[1])
                settled += 1
            if full and device.waiting and len(device.out) < WINDOW:
                self._ready.append(device)
        return settled

    def _receive(self) -> list[tuple[int, int, bytes]]:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._in += data
        return list(packets.split(self._in))

    def _payload(self, first: int, salt: int) -> bytes:
        events = [
            {
                "seq": seq,
                "ts": 0,
                "kind": "telemetry",
                "compartment": ("recyclable", "hazardous", "kitchen", "other")[seq % 4],
                "fill_pct": (seq * 7 + salt) % 80,
                "weight_kg": seq % 40 + 0.25,
                "temperature_c": 20.5 + seq % 10,
            }
            for seq in range(first, first + self._plan.batch)
        ]
        body = {"epoch": self._plan.epoch, "first": 1, "events": events}
        return json.dumps(body, separators=(",", ":")).encode()


def main() -> None:
    """Run the plan named on the command line."""
    load = Load(Plan(**json.loads(Path(sys.argv[1]).read_text())))
    load.prepare()
    print(json.dumps(load.run()))


if __name__ == "__main__":
    main()
