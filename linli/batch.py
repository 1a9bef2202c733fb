"""A message of the `events` topic. One malformed event never costs its neighbours.

A batch is decoded whole when it can be, else event by event, and where a parser gives up it is cut first.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from linli.decoding import UNREADABLE, check_size, check_text, decode, invalid
from linli.errors import InvalidMessage
from linli.events import Event, decode_event
from linli.identifiers import SEQ_MAX, Difference, Epoch, Millis, Seq
from linli.refusal import Refusal
from linli.splitting import find_seq, split_events

BATCH_MAX_EVENTS = 200


class Batch(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """What one message on `events` carries.

    `first` is the oldest number the device still holds: what is missing below it is gone for good.
    `sent` is the device's clock as it sent, ms UTC; a device without one leaves it out. `offset_ms` is what
    it knows its clock to be off: a receipt's `now` less its own clock as that came.
    """

    epoch: Epoch
    first: Seq
    sent: Millis | None = None
    offset_ms: Difference | None = None
    events: Annotated[list[Event], Meta(max_length=BATCH_MAX_EVENTS)]


class Refused(Struct, frozen=True):
    """An event (or a whole message, `seq` None) that was not taken, and why."""

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


class _Envelope(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    epoch: Epoch
    first: Seq
    sent: Millis | None = None
    offset_ms: Difference | None = None
    events: Annotated[list[msgspec.Raw], Meta(max_length=BATCH_MAX_EVENTS)]


class _Numbered(Struct, frozen=True):
    seq: Seq


_batch = msgspec.json.Decoder(Batch)
_envelope = msgspec.json.Decoder(_Envelope)
_numbered = msgspec.json.Decoder(_Numbered)


def decode_batch(payload: bytes) -> Decoded:
    """Decode a message of the `events` topic.

    Raises InvalidMessage (`size`, `json`, `schema`) when not even epoch, first and the list can be read.
    """
    check_size(payload)
    try:
        check_text(payload)
        batch = _batch.decode(payload)
    except UNREADABLE:
        return _decode_one_by_one(payload)
    return Decoded(batch.epoch, batch.first, batch.sent, batch.events, [], batch.offset_ms)


def _decode_one_by_one(payload: bytes) -> Decoded:
    envelope, raws = _open(payload)
    events: list[Event] = []
    refused: list[Refused] = []
    for raw in raws:
        try:
            events.append(decode_event(raw))
        except UNREADABLE as error:
            problem = invalid(error)
            refused.append(Refused(_seq_of(raw), problem.reason, problem.detail, raw))
    return Decoded(envelope.epoch, envelope.first, envelope.sent, events, refused, envelope.offset_ms)


def _open(payload: bytes) -> tuple[_Envelope, list[bytes]]:
    """The envelope and the text of each event, although one of them may spoil the whole for a parser."""
    try:
        envelope = _envelope.decode(payload)
        return envelope, [bytes(raw) for raw in envelope.events]
    except UNREADABLE as error:
        # Raised here and held in no variable: that would be a ring, and the payload stays until a collector
        # finds it.
        parts = split_events(payload)
        if parts is None:
            raise invalid(error) from error
    head, raws = parts
    if len(raws) > BATCH_MAX_EVENTS:
        raise InvalidMessage(Refusal.SCHEMA, f"{len(raws)} events, the limit is {BATCH_MAX_EVENTS}")
    return decode(_envelope, head), raws


def _seq_of(raw: bytes) -> int | None:
    try:
        return _numbered.decode(raw).seq
    except UNREADABLE:
        seq = find_seq(raw)
        return seq if seq is not None and 1 <= seq <= SEQ_MAX else None
