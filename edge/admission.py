"""What may enter the outbox: nothing that a receiver would refuse or a broker would cut the connection
for.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import msgspec

from linli.decoding import MESSAGE_MAX_BYTES
from linli.errors import InvalidMessage
from linli.events import (
    Deposit,
    Event,
    Fault,
    Observation,
    Telemetry,
    decode_event,
    encode,
)
from linli.identifiers import MILLIS_MAX
from linli.messages import PHOTO_HEADER_MAX_BYTES

EVENT_MAX_BYTES = 32_768
"""One event's JSON. Half a message, so that the envelope and another event fit beside it."""
PHOTO_MAX_BYTES = MESSAGE_MAX_BYTES - PHOTO_HEADER_MAX_BYTES
HOT_C = 55.0
"""From here a reading is a matter of safety: what rots reaches some 60 °C at most, what burns goes on."""
TILTED_DEG = 30.0
DETAIL_MAX = 200


class Rank(IntEnum):
    """What outlives what when the outbox is full: the smallest stays longest."""

    SAFETY = 0
    DEPOSIT = 1
    ROUTINE = 2


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event as it will be kept: `replaced` when it became a fault, `photo_refused` when its photo cannot
    fit.
    """

    event: Event
    body: bytes
    rank: Rank
    jpeg: bytes | None
    sha256: str | None
    replaced: bool
    photo_refused: bool


def admit(event: Event, jpeg: bytes | None) -> Admitted:
    """Check a numbered event and its photo as the receiver would.

    An event that would be refused keeps its number, so that no gap is left, but becomes a fault that says
    why.
    """
    photo_refused = jpeg is not None and len(jpeg) > PHOTO_MAX_BYTES
    if photo_refused:
        jpeg = None
        if isinstance(event, Deposit | Observation):
            event = msgspec.structs.replace(event, photo_sha256=None)
    body, problem = _encoded(event)
    if problem is not None:
        event, jpeg = _refusal(event, problem), None
        body = encode(event)
    sha256 = hashlib.sha256(jpeg).hexdigest() if jpeg is not None else None
    return Admitted(event, body, rank_of(event), jpeg, sha256, problem is not None, photo_refused)


def rank_of(event: Event) -> Rank:
    """What may be given up for what."""
    match event:
        case Fault():
            return Rank.SAFETY
        case Telemetry():
            hot = event.temperature_c is not None and event.temperature_c >= HOT_C
            tilted = event.tilt_deg is not None and event.tilt_deg >= TILTED_DEG
            return Rank.SAFETY if hot or tilted else Rank.ROUTINE
        case _:
            return Rank.DEPOSIT


def _encoded(event: Event) -> tuple[bytes, str | None]:
    try:
        body = encode(event)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        return b"", f"cannot be written as JSON: {error}"
    if len(body) > EVENT_MAX_BYTES:
        return b"", f"{len(body)} bytes, the limit is {EVENT_MAX_BYTES}"
    try:
        decode_event(body)
    except InvalidMessage as error:
        return b"", error.detail
    return body, None


def _refusal(event: Event, problem: str) -> Fault:
    stamp = event.ts if event.ts is not None and 0 <= event.ts <= MILLIS_MAX else None
    kind = type(event).__name__.lower()
    return Fault(seq=event.seq, ts=stamp, code="event_refused", detail=f"{kind}: {problem}"[:DETAIL_MAX])
