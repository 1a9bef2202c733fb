"""A message of the `events` topic. One malformed event never costs its neighbours.

A batch is decoded whole when it can be, else event by event, and where a parser gives up it is cut first. A
field of the batch itself that is unknown or wrong costs no event either, as long as the numbers can be read.
"""

from contextlib import suppress
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from linli.decoding import ENDS, UNREADABLE, check_size, check_text, decode, invalid
from linli.errors import InvalidMessage
from linli.events import Event, decode_event
from linli.identifiers import SEQ_MAX, Difference, Epoch, Millis, Seq
from linli.refusal import Refusal
from linli.splitting import find_seq, split_events, split_members

BATCH_MAX_EVENTS = 200


class Envelope(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """What a batch says of itself, around its events.

    `first` is the oldest number the device still holds: what is missing below it is gone for good.
    `sent` is the device's clock as it sent, ms UTC; a device without one leaves it out. `offset_ms` is what
    it knows its clock to be off: a receipt's `now` less its own clock as that came.
    """

    epoch: Epoch
    first: Seq
    sent: Millis | None = None
    offset_ms: Difference | None = None


class Batch(Envelope, frozen=True, kw_only=True, gc=False):
    """What one message on `events` carries."""

    events: Annotated[list[Event], Meta(max_length=BATCH_MAX_EVENTS)]


class Refused(Struct, frozen=True, gc=False):
    """An event that was not taken, and why. `seq` is None where it has none, and for a field of the batch
    itself, which is no event.
    """

    seq: int | None
    reason: Refusal
    detail: str
    raw: bytes


class Decoded(Struct, frozen=True, gc=False):
    """A batch as far as it could be read: the good events in the order sent, and the refused."""

    epoch: str
    first: int
    sent: int | None
    events: list[Event]
    refused: list[Refused]
    offset_ms: int | None = None


class _Unread(Envelope, frozen=True, kw_only=True, gc=False):
    events: Annotated[list[msgspec.Raw], Meta(max_length=BATCH_MAX_EVENTS)]


class _Numbered(Struct, frozen=True):
    seq: Seq


_batch = msgspec.json.Decoder(Batch)
_unread = msgspec.json.Decoder(_Unread)
_fields: dict[str, msgspec.json.Decoder[Any]] = {
    field.name: msgspec.json.Decoder(field.type) for field in msgspec.structs.fields(Envelope)
}
_numbered = msgspec.json.Decoder(_Numbered)


def decode_batch(payload: bytes) -> Decoded:
    """Decode a message of the `events` topic.

    Raises InvalidMessage (`size`, `json`, `schema`) when not even epoch, first and the list can be read.
    """
    check_size(payload)
    payload = payload.rstrip(ENDS)
    try:
        check_text(payload)
        batch = _batch.decode(payload)
    except UNREADABLE as error:
        # Cut off, as most that cannot be read: nobody will find an envelope around its events.
        if not payload.endswith(b"}") and not isinstance(error, msgspec.ValidationError):
            raise invalid(error) from error
        return _decode_one_by_one(payload)
    return Decoded(batch.epoch, batch.first, batch.sent, batch.events, [], batch.offset_ms)


def _decode_one_by_one(payload: bytes) -> Decoded:
    envelope, raws, refused = _open(payload)
    events: list[Event] = []
    for raw in raws:
        try:
            events.append(decode_event(raw))
        except UNREADABLE as error:
            problem = invalid(error)
            refused.append(Refused(_seq_of(raw), problem.reason, problem.detail, raw))
    return Decoded(envelope.epoch, envelope.first, envelope.sent, events, refused, envelope.offset_ms)


def _open(payload: bytes) -> tuple[Envelope, list[bytes], list[Refused]]:
    """The envelope, the text of each event, although one of them may spoil the whole for a parser, and what
    of the envelope itself was not taken.
    """
    try:
        envelope = _unread.decode(payload)
        return envelope, [bytes(raw) for raw in envelope.events], []
    except UNREADABLE as error:
        parts = split_events(payload, BATCH_MAX_EVENTS)
        if parts is None:
            raise invalid(error) from error
    head, raws = parts
    try:
        return decode(_unread, head), raws, []
    except InvalidMessage as problem:
        readable = _readable(head)
        if readable is None:
            raise
        return readable, raws, [Refused(None, problem.reason, problem.detail, head)]


def _readable(head: bytes) -> Envelope | None:
    """As much of an envelope as is right, each value read by itself, so that one which is no JSON spoils none
    beside it: a device that is never answered would send its batch for life. None where a number that no
    batch can do without is missing.
    """
    members = split_members(head)
    read: dict[str, Any] = {}
    for name, decoder in _fields.items():
        with suppress(*UNREADABLE):
            if (text := members.get(b'"%b"' % name.encode())) is not None:
                read[name] = decoder.decode(text)
    return Envelope(**read) if read.keys() >= {"epoch", "first"} else None


def _seq_of(raw: bytes) -> int | None:
    try:
        return _numbered.decode(raw).seq
    except UNREADABLE:
        seq = find_seq(raw)
        return seq if seq is not None and 1 <= seq <= SEQ_MAX else None
