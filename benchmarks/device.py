"""One device as the load plays it: what it has measured, what is out without a receipt.

Its events are written into bytes as they are sent, from a template: half a microsecond each, so that millions
need no memory and the generator stays far below what it measures.
"""

import hashlib
import json
from collections import deque

from benchmarks import packets
from linli.topics import Channel, Topic

COMMUNITY = "bench"
WINDOW = 8
PLACES = ("recyclable", "hazardous", "kitchen", "other")
_READING = (
    b'{"seq":%d,"ts":%d,"kind":"telemetry","compartment":"%s","fill_pct":%d,"weight_kg":%d.25,'
    b'"temperature_c":%d.5}'
)
_DEPOSIT = (
    b'{"seq":%d,"ts":%d,"kind":"deposit","compartment":"%s","item":"food_waste","confidence":0.93,'
    b'"photo_sha256":"%s"}'
)
_REFUSED = b'{"epoch":"%s","first":%d,"events":[{"seq":%d,"kind":"telemetry","fill_pct":50}]'
"""It ends too early: no JSON. Each is another one: the same words again would be easy to recognise."""


def device_name(number: int) -> str:
    return f"bin-{number:05d}"


class Device:
    """Times are `time.time()` seconds. `made` events exist; those past `sent` wait."""

    def __init__(self, number: int, epoch: str, photo: bytes, hot_every: int) -> None:
        self.name = device_name(number)
        self.made = 0
        self.sent = 0
        self.out: deque[tuple[int, float]] = deque()
        self.photos_out: dict[str, float] = {}
        self._salt = number
        self._hot_every = hot_every
        self._photo = photo
        self._epoch = epoch.encode()
        self._topics = {
            channel: str(Topic(COMMUNITY, self.name, channel)) for channel in (Channel.EVENTS, Channel.PHOTOS)
        }

    @property
    def may_send(self) -> bool:
        """It has something, and its window has room."""
        return self.sent < self.made and len(self.out) < WINDOW

    @property
    def waits(self) -> int:
        """Messages that have no receipt yet."""
        return len(self.out) + len(self.photos_out)

    def batch(self, most: int, now: float, packet_id: int) -> bytes:
        """PUBLISH of up to so many of the events that wait; of one and its photo, if it takes photos."""
        first, self.sent = self.sent + 1, min(self.made, self.sent + (1 if self._photo else most))
        self.out.append((self.sent, now))
        at_ms = int(now * 1000)
        if self._photo:
            jpeg = self._photo + b"%s %d" % (self._topics[Channel.EVENTS].encode(), self.sent)
            sha256 = hashlib.sha256(jpeg).hexdigest()
            self.photos_out[sha256] = now
            event = _DEPOSIT % (self.sent, at_ms, PLACES[self.sent % 4].encode(), sha256.encode())
            header = json.dumps({"epoch": self._epoch.decode(), "seq": self.sent, "sha256": sha256})
            return packets.publish(
                packet_id, self._topics[Channel.EVENTS], self._message([event])
            ) + packets.publish(packet_id, self._topics[Channel.PHOTOS], header.encode() + b"\n" + jpeg)
        events = [self._reading(seq, at_ms) for seq in range(first, self.sent + 1)]
        return packets.publish(packet_id, self._topics[Channel.EVENTS], self._message(events))

    def refused(self, packet_id: int) -> bytes:
        """PUBLISH of a message that no one can read: nobody answers it."""
        return packets.publish(
            packet_id, self._topics[Channel.EVENTS], _REFUSED % (self._epoch, self.sent, self.sent)
        )

    def settle(self, through: int, photos: list[str], now: float) -> list[float]:
        """A receipt came: how long each message that it settles was out, seconds."""
        took = []
        while self.out and self.out[0][0] <= through:
            took.append(now - self.out.popleft()[1])
        took += [now - self.photos_out.pop(sha256) for sha256 in photos if sha256 in self.photos_out]
        return took

    def _reading(self, seq: int, at_ms: int) -> bytes:
        hot = self._hot_every and (seq + self._salt) % self._hot_every == 0
        place = PLACES[0 if self._hot_every else seq % 4].encode()
        heat = 80 if hot else 20 + seq % 10
        return _READING % (seq, at_ms, place, (seq * 7 + self._salt) % 80, seq % 40, heat)

    def _message(self, events: list[bytes]) -> bytes:
        return b'{"epoch":"%s","first":1,"events":[%s]}' % (self._epoch, b",".join(events))
