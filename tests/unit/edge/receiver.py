"""The other end, as small as the contract allows: keeps what comes and gives receipts. It is no ingest."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from linli import topics
from linli.batch import decode_batch
from linli.events import Event, encode
from linli.messages import Receipt, decode_photo
from linli.seqs import SeqSet
from linli.topics import UPWARD, Channel


class Ledger:
    """What came of one device, and the receipt it deserves."""

    def __init__(self) -> None:
        self.settled: dict[str, SeqSet] = defaultdict(SeqSet)
        self.copies: Counter[tuple[str, int]] = Counter()
        self.events: dict[tuple[str, int], Event] = {}
        self.photos: dict[str, bytes] = {}
        self.batches = 0

    def events_came(self, payload: bytes, now_ms: int) -> Receipt:
        batch = decode_batch(payload)
        assert not batch.refused
        self.batches += 1
        settled = self.settled[batch.epoch]
        settled.add(1, batch.first - 1)
        for event in batch.events:
            settled.add(event.seq)
            self.copies[batch.epoch, event.seq] += 1
            known = self.events.get((batch.epoch, event.seq), event)
            assert known == event, f"two events under one number: {known} and {event}"
            self.events[batch.epoch, event.seq] = event
        return self.receipt(batch.epoch, now_ms)

    def photo_came(self, payload: bytes, now_ms: int) -> Receipt:
        photo = decode_photo(payload)
        self.photos[photo.header.sha256] = photo.jpeg
        return self.receipt(photo.header.epoch, now_ms, [photo.header.sha256])

    def receipt(self, epoch: str, now_ms: int, photos: list[str] | None = None) -> Receipt:
        settled = self.settled[epoch]
        return Receipt(
            epoch=epoch,
            through=settled.through,
            ranges=settled.beyond()[:64],
            photos=photos or [],
            now=now_ms,
        )


class Receiver:
    """Listens at a real broker in its own thread. `deaf` ones take messages and give no receipt."""

    def __init__(self, host: str, port: int, *, session: str | None = None) -> None:
        self.ledgers: dict[str, Ledger] = defaultdict(Ledger)
        self.statuses: dict[str, list[dict[str, object]]] = defaultdict(list)
        self.replies: list[dict[str, object]] = []
        self.failures: list[Exception] = []
        self.deaf = False
        self._ready = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=session or "", clean_session=session is None
        )
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(host, port)
        self._client.loop_start()
        assert self._ready.wait(10)

    def command(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        assert not self.failures

    def _subscribe(self, client, *_):
        client.subscribe([(topic, 1) for topic in topics.subscriptions(UPWARD)])

    def _take(self, client, _, message):
        try:
            self._answer(client, message)
        except Exception as error:
            self.failures.append(error)

    def _answer(self, client, message):
        topic = topics.parse(message.topic)
        now_ms = time.time_ns() // 1_000_000
        if topic.channel is Channel.STATUS:
            self.statuses[topic.device].append(json.loads(message.payload))
            return
        if topic.channel is Channel.REPLIES:
            self.replies.append(json.loads(message.payload))
            return
        if self.deaf:
            return
        ledger = self.ledgers[topic.device]
        take: Callable[[bytes, int], Receipt] = (
            ledger.events_came if topic.channel is Channel.EVENTS else ledger.photo_came
        )
        receipt = take(message.payload, now_ms)
        client.publish(
            str(topics.Topic(topic.community, topic.device, Channel.RECEIPTS)), encode(receipt), qos=0
        )
