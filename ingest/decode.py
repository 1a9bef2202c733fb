"""First stage: bytes to values. Nothing that bytes can do gets past here; what cannot be read is a Letter."""

from collections.abc import Callable, Iterable
from typing import Any

from ingest.broker.message import Arrival, Batch, Letter, Message, PhotoArrival, ReplyArrival, StatusArrival
from linli import messages, topics
from linli.batch import decode_batch
from linli.errors import InvalidMessage
from linli.refusal import Refusal
from linli.topics import Channel, Topic

TOPICS_MAX = 100_000

_Known = dict[str, Any]


class Decoder:
    """Decodes messages of the communities it is given; remembers the topics it has parsed."""

    def __init__(self) -> None:
        self._topics: dict[bytes, Topic] = {}

    def decode(self, arrived: Iterable[Message], communities: _Known) -> list[Arrival]:
        """What each message says, in the order they came."""
        return [self._one(message, communities) for message in arrived]

    def _one(self, message: Message, communities: _Known) -> Arrival:
        topic: Topic | None = None
        try:
            topic = self._topics.get(message.topic) or self._parse(message.topic)
            if topic.community in communities:
                return _READERS[topic.channel](topic, message)
            reason, detail = Refusal.UNKNOWN_COMMUNITY, f"{topic.community!r} is not in the inventory"
        except InvalidMessage as error:
            reason, detail = error.reason, error.detail
        return _letter(topic, message, reason, detail, communities)

    def _parse(self, raw: bytes) -> Topic:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise InvalidMessage(Refusal.TOPIC, f"{raw[:200]!r} is not UTF-8") from error
        topic = topics.parse(text)
        if topic.channel not in topics.UPWARD:
            raise InvalidMessage(Refusal.TOPIC, f"{topic.channel} does not come from a device")
        if len(self._topics) >= TOPICS_MAX:
            self._topics.clear()
        self._topics[raw] = topic
        return topic


def _events(topic: Topic, message: Message) -> Batch:
    batch = decode_batch(message.payload)
    return Batch(
        (topic.community, topic.device),
        str(topic),
        batch.epoch,
        batch.first,
        batch.sent,
        batch.events,
        batch.refused,
        message.received_ms,
        message.retained,
        batch.offset_ms,
    )


def _photo(topic: Topic, message: Message) -> PhotoArrival:
    photo = messages.decode_photo(message.payload)
    device = (topic.community, topic.device)
    return PhotoArrival(device, str(topic), photo.header, photo.jpeg, message.received_ms, message.retained)


def _status(topic: Topic, message: Message) -> StatusArrival:
    status = messages.decode_status(message.payload)
    device = (topic.community, topic.device)
    return StatusArrival(device, str(topic), status, message.received_ms, message.retained)


def _reply(topic: Topic, message: Message) -> ReplyArrival:
    reply = messages.decode_reply(message.payload)
    device = (topic.community, topic.device)
    return ReplyArrival(device, str(topic), reply, message.received_ms, message.retained)


_READERS: dict[Channel, Callable[[Topic, Message], Arrival]] = {
    Channel.EVENTS: _events,
    Channel.PHOTOS: _photo,
    Channel.STATUS: _status,
    Channel.REPLIES: _reply,
}


def _letter(
    topic: Topic | None, message: Message, reason: Refusal, detail: str, communities: _Known
) -> Letter:
    text = str(topic) if topic is not None else message.topic.decode("utf-8", "backslashreplace")
    letter = Letter(text, reason, detail, message.payload, message.received_ms, retained=message.retained)
    if topic is not None and topic.community in communities:
        letter.device = (topic.community, topic.device)
        if reason is Refusal.PHOTO_HASH:
            letter.photo = messages.decode_photo_header(message.payload)
    return letter
