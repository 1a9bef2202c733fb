"""Faults on purpose, counted in the truth: batches sent again, a device without network, garbage."""

import argparse
import random
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.publisher import Broker
from edge.runtime import DeviceRuntime
from linli.batch import Batch
from linli.clock import Clock
from linli.events import Event, encode
from linli.topics import Channel, Topic
from simulators.fleet import Fleet
from simulators.neighbourhood import Neighbourhood
from simulators.truth import Truth

AWAY_AFTER_MS = 5_000
"""A device goes away once it has said something."""
IN_FLIGHT = 20
LAST_WORDS_S = 5.0
STRAY = "stray-1"
"""The name under which garbage is sent: no device of the inventory."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """Events to be sent again once they are settled."""

    device: DeviceRuntime
    events: Sequence[Event]


class Mischief:
    """Does nothing unless asked to. Its randomness is the seed's; what it picks depends on the happenings."""

    def __init__(
        self,
        place: Neighbourhood,
        options: argparse.Namespace,
        broker: Broker,
        fleet: Fleet,
        truth: Truth,
        clock: Clock,
    ) -> None:
        self._rng = random.Random(f"mischief {place.seed}")
        self._duplicate: float = options.duplicate
        self._malformed: float = options.malformed
        self._offline_ms = round(options.offline * 1000)
        self._community = place.community
        self._fleet = fleet
        self._truth = truth
        self._clock = clock
        self._copies: deque[_Copy] = deque()
        self._away = self._rng.choice(place.bins).id
        self._leaves = clock.steady() + AWAY_AFTER_MS
        self._returns: int | None = None
        self._client = self._connect(broker) if self._duplicate or self._malformed else None
        self._sent: deque[paho.MQTTMessageInfo] = deque(maxlen=IN_FLIGHT)

    def recorded(self, device: DeviceRuntime, events: list[Event]) -> None:
        """A happening was recorded: perhaps it will be repeated, perhaps garbage flies past it."""
        if self._client is None:
            return
        if self._rng.random() < self._duplicate:
            self._copies.append(_Copy(device, list(events)))
        if self._rng.random() < self._malformed:
            self._publish(*self._garbage(device.identity.device))
            self._truth.faults.malformed += 1

    def step(self, now_ms: int) -> None:
        """Do what is due (steady ms)."""
        self._resend()
        if self._offline_ms and self._returns is None and now_ms >= self._leaves:
            self._returns = now_ms + self._offline_ms
            self._fleet.go_away(self._away)
            from_ms = self._clock.wall()
            self._truth.faults.offline.append(
                {"device": self._away, "from_ms": from_ms, "to_ms": from_ms + self._offline_ms}
            )
        if self._returns is not None and now_ms >= self._returns:
            self._fleet.come_back(self._away)
            self._returns = 1 << 62  # once is enough

    def close(self) -> None:
        """Say the last of it and leave."""
        if self._client is None:
            return
        self._resend()
        for info in self._sent:
            if info.rc == paho.MQTT_ERR_SUCCESS:
                info.wait_for_publish(LAST_WORDS_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _connect(self, broker: Broker) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"mischief-{secrets.token_hex(4)}", protocol=paho.MQTTv311
        )
        client.max_inflight_messages_set(IN_FLIGHT)
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        client.connect_async(broker.host, broker.port)
        client.loop_start()
        return client

    def _resend(self) -> None:
        """Only what is settled: a copy of what is still out could overtake the original."""
        for _ in range(len(self._copies)):
            copy = self._copies.popleft()
            outbox, last = copy.device.outbox, copy.events[-1].seq
            if outbox.first() <= last:
                self._copies.append(copy)
                continue
            batch = Batch(
                epoch=outbox.epoch,
                first=copy.events[0].seq,
                sent=self._clock.wall(),
                events=list(copy.events),
            )
            self._publish(copy.device.identity.topic(Channel.EVENTS), encode(batch))
            self._truth.faults.duplicates += len(copy.events)

    def _garbage(self, device: str) -> tuple[str, bytes]:
        """Something that becomes exactly one dead letter and settles nobody's number."""
        rng = self._rng
        events = str(Topic(self._community, device, Channel.EVENTS))
        photos = str(Topic(self._community, device, Channel.PHOTOS))
        stray = str(Topic(self._community, STRAY, Channel.EVENTS))
        # Never twice the same: linli keeps what it refused before as one dead letter that came twice.
        new = f"{rng.getrandbits(64):016x}".encode()
        batch = b'{"epoch":"' + new + b'","first":1,"events":[{"seq":1,"kind":"telemetry","ext":{"n":"'
        batch += new + b'"},'
        header = b'{"epoch":"' + new + b'","seq":1,"sha256":"' + b"0" * 64 + b'"}\n'
        choices = [
            (events, b"\xff\xfe" + rng.randbytes(rng.randrange(8, 200))),
            (events, batch + b'"fill_pct":'),
            (events, b'{"epoch":"no epoch ' + new + b'","first":0,"events":[]}'),
            (stray, batch + b'"fill_pct":140}]}'),
            (stray, batch + b'"fil_pct":14}]}'),
            (photos, rng.randbytes(rng.randrange(8, 900)).replace(b"\n", b"")),
            (photos, header + rng.randbytes(100)),
            (str(Topic("nowhere", device, Channel.EVENTS)), batch + b'"fill_pct":14}]}'),
        ]
        return rng.choice(choices)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._client is not None:
            self._sent.append(self._client.publish(topic, payload, qos=1))
