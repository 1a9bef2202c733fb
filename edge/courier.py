"""What goes from the outbox to the broker, and when: batches, photos, and what a receipt says of them.

Knows no socket. The outbox alone holds what is not settled: nothing waits here or in the connection, so a
number has one place where it can be.
"""

import logging
import random
from collections.abc import Callable, Sequence

import msgspec

from edge.errors import OutboxError
from edge.outbox import Held, HeldPhoto, Outbox
from edge.window import Parcel, Window
from linli.errors import InvalidMessage
from linli.identifiers import MILLIS_MAX
from linli.messages import Photo, PhotoHeader, Receipt, decode_receipt, encode_photo
from linli.topics import Channel

log = logging.getLogger(__name__)

BATCH_EVENTS = 20
BATCH_BYTES = 60_000
LINGER_MS = 300
"""How long an event waits for others to travel with."""
BATCHES_OUT = 8
PHOTOS_OUT = 4
"""With the batches below the 20 that paho has in flight, so that paho never queues; and 256 KiB in a
broker.
"""

Send = Callable[[Channel, bytes], int | None]
"""Hands a message (QoS 1) to the connection: its number there, or None when it was not taken."""


class Courier:
    """One device's. Times are steady ms, but for `wall_ms`.

    `receipts` counts those for this outbox; `foreign` and `malformed` the others.
    `offset_ms` is server minus device, by the last receipt (None before the first).
    """

    def __init__(self, outbox: Outbox, send: Send, rng: random.Random) -> None:
        self.outbox = outbox
        self.events = Window(BATCHES_OUT, rng)
        self.photos = Window(PHOTOS_OUT, rng)
        self.receipts = 0
        self.foreign = 0
        self.malformed = 0
        self.offset_ms: int | None = None
        self._send = send
        self._sent_through = 0
        self._photos_through = 0
        self._photo_names: dict[int, str] = {}
        self._in_flight: dict[int, Parcel] = {}
        self._waiting_since: int | None = None
        self._hurry = False

    def connected(self, now_ms: int) -> None:
        """A new connection stands."""
        self.events.connected(now_ms)
        self.photos.connected(now_ms)

    def disconnected(self) -> None:
        """It ended; what it had not delivered to the broker is sent again on the next."""
        self._in_flight.clear()
        self.events.disconnected()
        self.photos.disconnected()

    def taken(self, number: int) -> None:
        """The broker acknowledged that message of this connection. It may still lose it."""
        parcel = self._in_flight.pop(number, None)
        if parcel is not None:
            parcel.at_broker = True

    def flush(self) -> None:
        """From now on nothing lingers, and receipts are asked for sooner: the device is about to sleep or
        end.
        """
        self._hurry = True

    def step(self, now_ms: int, wall_ms: int) -> None:
        """Send what is due. Cheap when nothing is. Only while connected."""
        if self._hurry:
            self.events.hurry()
            self.photos.hurry()
        self._step_events(now_ms, wall_ms)
        self._step_photos(now_ms)

    def _step_events(self, now_ms: int, wall_ms: int) -> None:
        held = self.events.holding(now_ms)
        while not held and (lost := self.events.next_lost()) is not None:
            batch = self.outbox.events_of(sorted(lost))
            if batch and not self._send_batch(batch, now_ms, wall_ms):
                self.events.put_back(lost)
                return
        if (asked := self.events.question(now_ms)) is not None:
            batch = self.outbox.events_of(sorted(asked.numbers))
            if not batch:
                self.events.gone(asked)
            elif (number := self._send(Channel.EVENTS, self._batch(batch, wall_ms))) is not None:
                self.events.asked(asked, now_ms)
                self._in_flight[number] = asked
        while not held and self.events.has_room and self._batch_is_due(now_ms):
            batch = _within(self.outbox.events_after(self._sent_through, BATCH_EVENTS))
            if not batch:  # settled before they were sent: a life before this one had sent them
                self._sent_through = self.outbox.given
            elif self._send_batch(batch, now_ms, wall_ms):
                self._sent_through = batch[-1].seq
            else:
                return

    def _batch_is_due(self, now_ms: int) -> bool:
        unsent = self.outbox.given - self._sent_through
        if unsent <= 0:
            self._waiting_since = None
            return False
        if self._waiting_since is None:
            self._waiting_since = now_ms
        return self._hurry or unsent >= BATCH_EVENTS or now_ms - self._waiting_since >= LINGER_MS

    def _send_batch(self, batch: Sequence[Held], now_ms: int, wall_ms: int) -> bool:
        number = self._send(Channel.EVENTS, self._batch(batch, wall_ms))
        if number is None:
            return False
        self._in_flight[number] = self.events.sent({held.seq for held in batch}, now_ms)
        return True

    def _batch(self, batch: Sequence[Held], wall_ms: int) -> bytes:
        message: dict[str, object] = {"epoch": self.outbox.epoch, "first": self.outbox.first()}
        if 0 <= wall_ms <= MILLIS_MAX:
            message["sent"] = wall_ms
        message["events"] = [msgspec.Raw(held.body) for held in batch]
        return msgspec.json.encode(message)

    def _step_photos(self, now_ms: int) -> None:
        while (lost := self.photos.next_lost()) is not None:
            held = self.outbox.photo_of(min(lost))
            if held is not None and not self._send_photo(held, now_ms):
                self.photos.put_back(lost)
                return
        if (asked := self.photos.question(now_ms)) is not None:
            held = self.outbox.photo_of(min(asked.numbers))
            if held is None:
                self.photos.gone(asked)
            elif (number := self._send(Channel.PHOTOS, self._message(held))) is not None:
                self.photos.asked(asked, now_ms)
                self._in_flight[number] = asked
        while self.photos.has_room and self.outbox.photos_held > len(self.photos):
            held = self.outbox.photo_after(self._photos_through)
            if held is None or not self._send_photo(held, now_ms):
                return
            self._photos_through = held.number

    def _send_photo(self, held: HeldPhoto, now_ms: int) -> bool:
        number = self._send(Channel.PHOTOS, self._message(held))
        if number is None:
            return False
        self._photo_names[held.number] = held.sha256
        self._in_flight[number] = self.photos.sent({held.number}, now_ms)
        return True

    def _message(self, held: HeldPhoto) -> bytes:
        return encode_photo(Photo(PhotoHeader(self.outbox.epoch, held.seq, held.sha256), held.jpeg))

    def receipt(self, payload: bytes, now_ms: int, wall_ms: int) -> None:
        """What came on `receipts`, whatever it is. What it settles is deleted; nothing else deletes."""
        try:
            receipt = decode_receipt(payload)
        except InvalidMessage as error:
            self.malformed += 1
            log.warning("a receipt cannot be read: %s", error)
            return
        try:
            settled = self.outbox.settle(receipt)
        except OutboxError as error:  # nothing was deleted: it will be asked for again
            log.warning("a receipt could not be carried out: %s", error)
            return
        if settled is None:
            self.foreign += 1
            return
        self.receipts += 1
        self.offset_ms = receipt.now - wall_ms
        self._log_refused(receipt)
        self.events.settled(settled, now_ms)
        safe = set(receipt.photos)
        numbers = {number for number, sha256 in self._photo_names.items() if sha256 in safe}
        for number in numbers:
            del self._photo_names[number]
        self.photos.settled(numbers, now_ms)

    def _log_refused(self, receipt: Receipt) -> None:
        for refused in receipt.refused:
            log.warning("event %d was refused: %s", refused.seq, refused.reason)


def _within(batch: list[Held]) -> list[Held]:
    """As many of these as fit one message; always one, which admission made small enough."""
    size = 0
    for at, held in enumerate(batch):
        size += len(held.body) + 1
        if at and size > BATCH_BYTES:
            return batch[:at]
    return batch
