"""Bytes to values. Nothing that bytes can do gets past here; what cannot be read is a Letter."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from ingest.broker.message import Arrival, Batch, Letter, Message, PhotoArrival, ReplyArrival, StatusArrival
from linli import messages, topics
from linli.batch import decode_batch
from linli.errors import InvalidMessage
from linli.ports.operational import DeviceKey
from linli.refusal import Refusal
from linli.topics import Channel

TOPICS_MAX = 100_000

_Known = dict[str, Any]


class Sender(Struct, frozen=True, gc=False):
    """What a topic says, worked out once for the thousand messages that come on it."""

    device: DeviceKey
    channel: Channel
    topic: str


class Decoder:
    """Decodes messages of the communities it is given; remembers the topics it has parsed."""

    def __init__(self) -> None:
        self._senders: dict[bytes, Sender] = {}

    def decode(self, arrived: Iterable[Message], communities: _Known) -> list[Arrival]:
        """What each message says, in the order they came."""
        return [self._one(message, communities) for message in arrived]

    def _one(self, message: Message, communities: _Known) -> Arrival:
        sender: Sender | None = None
        try:
            sender = self._senders.get(message.topic) or self._parse(message.topic)
            community = sender.device[0]
            if community in communities:
                return _READERS[sender.channel](sender, message)
            reason, detail = Refusal.UNKNOWN_COMMUNITY, f"{community!r} is not in the inventory"
        except InvalidMessage as error:
            reason, detail = error.reason, error.detail
        return _letter(sender, message, reason, detail, communities)

    def _parse(self, raw: bytes) -> Sender:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise InvalidMessage(Refusal.TOPIC, f"{raw[:200]!r} is not UTF-8") from error
        topic = topics.parse(text)
        if topic.channel not in topics.UPWARD:
            raise InvalidMessage(Refusal.TOPIC, f"{topic.channel} does not come from a device")
        if len(self._senders) >= TOPICS_MAX:
            self._senders.clear()
        sender = self._senders[raw] = Sender((topic.community, topic.device), topic.channel, text)
        return sender


def _events(sender: Sender, message: Message) -> Batch:
    batch = decode_batch(message.payload)
    return Batch(
        sender.device,
        sender.topic,
        (*sender.device, batch.epoch),
        batch.first,
        batch.sent,
        batch.events,
        batch.refused,
        message.received_ms,
        message.retained,
        batch.offset_ms,
    )


def _photo(sender: Sender, message: Message) -> PhotoArrival:
    photo = messages.decode_photo(message.payload)
    return PhotoArrival(
        sender.device, sender.topic, photo.header, photo.jpeg, message.received_ms, message.retained
    )


def _status(sender: Sender, message: Message) -> StatusArrival:
    status = messages.decode_status(message.payload)
    return StatusArrival(sender.device, sender.topic, status, message.received_ms, message.retained)


def _reply(sender: Sender, message: Message) -> ReplyArrival:
    reply = messages.decode_reply(message.payload)
    return ReplyArrival(sender.device, sender.topic, reply, message.received_ms, message.retained)


_READERS: dict[Channel, Callable[[Sender, Message], Arrival]] = {
    Channel.EVENTS: _events,
    Channel.PHOTOS: _photo,
    Channel.STATUS: _status,
    Channel.REPLIES: _reply,
}


def _letter(
    sender: Sender | None, message: Message, reason: Refusal, detail: str, communities: _Known
) -> Letter:
    text = sender.topic if sender is not None else message.topic.decode("utf-8", "backslashreplace")
    letter = Letter(text, reason, detail, message.payload, message.received_ms, retained=message.retained)
    if sender is not None and sender.device[0] in communities:
        letter.device = sender.device
        if reason is Refusal.PHOTO_HASH:
            letter.photo = messages.decode_photo_header(message.payload)
    return letter
