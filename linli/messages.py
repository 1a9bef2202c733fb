"""The messages beside events: status, photos, receipts, commands and replies (docs/mqtt.md)."""

import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from linli.decoding import UNREADABLE, check_size, decode
from linli.errors import InvalidMessage
from linli.identifiers import Epoch, Millis, ModelHash, Name, Seq, Sha256, Text
from linli.refusal import Refusal

PHOTO_HEADER_MAX_BYTES = 512
REFUSED_IN_RECEIPT = 8
RANGES_IN_RECEIPT = 64
"""A receipt with so many is cut short: it says nothing of the numbers past its last range."""


class Status(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Retained on `status`: birth, last will, and a sleeper's good-night.

    `session` is new at each connection, so that the will of an old connection cannot end a new one.
    `next_s` is when a sleeper speaks next, in seconds. `via` is the gateway that speaks for the device.
    """

    state: Literal["online", "offline", "asleep"]
    session: Epoch
    sent: Millis | None = None
    next_s: Annotated[int, Meta(ge=1, le=2_678_400)] | None = None
    via: Name | None = None
    software: Annotated[str, Meta(max_length=64)] | None = None
    model: ModelHash | None = None

    def __post_init__(self) -> None:
        """Refuse a sleeper that does not say when it wakes."""
        if self.state == "asleep" and self.next_s is None:
            raise ValueError("asleep needs next_s")


class PhotoHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a message on `photos`: which event it is for, and the hash of the JPEG behind it."""

    epoch: Epoch
    seq: Seq
    sha256: Sha256


class Photo(Struct, frozen=True):
    """A photo as it came."""

    header: PhotoHeader
    jpeg: bytes


class RefusedSeq(Struct, frozen=True):
    """One number in a receipt that was settled as refused, and why, for the device's log."""

    seq: int
    reason: str


class Receipt(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is settled: every number to `through`, and the `ranges` beyond it (inclusive pairs).

    `photos` are hashes that need not be sent again. `now` is the server's clock, ms UTC.
    """

    epoch: str
    through: int
    ranges: list[tuple[int, int]] = []
    photos: list[str] = []
    refused: list[RefusedSeq] = []
    now: int


class Command(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something the device is asked to do; it answers on `replies` with the same `id`."""

    id: Epoch
    command: Literal["remind", "config", "model"]
    text: Text = ""
    config: dict[str, float | str | bool] = {}
    model: Sha256 | None = None


class Reply(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A device's answer to a command."""

    id: Epoch
    ok: bool
    detail: Text = ""


_status = msgspec.json.Decoder(Status)
_header = msgspec.json.Decoder(PhotoHeader)
_receipt = msgspec.json.Decoder(Receipt)
_command = msgspec.json.Decoder(Command)
_reply = msgspec.json.Decoder(Reply)


def decode_status(payload: bytes) -> Status:
    """Raises InvalidMessage."""
    return decode(_status, payload)


def decode_receipt(payload: bytes) -> Receipt:
    """Raises InvalidMessage."""
    return decode(_receipt, payload)


def decode_command(payload: bytes) -> Command:
    """Raises InvalidMessage."""
    return decode(_command, payload)


def decode_reply(payload: bytes) -> Reply:
    """Raises InvalidMessage."""
    return decode(_reply, payload)


def decode_photo(payload: bytes) -> Photo:
    """Split a message of `photos` and check the hash.

    Raises InvalidMessage: `size`, `photo_header`, `photo_hash`. Whether it is a JPEG is not asked here.
    """
    header = decode_photo_header(payload)
    jpeg = payload[payload.index(b"\n") + 1 :]
    if hashlib.sha256(jpeg).hexdigest() != header.sha256:
        raise InvalidMessage(
            Refusal.PHOTO_HASH, f"the {len(jpeg)} bytes do not have the hash {header.sha256}"
        )
    return Photo(header, jpeg)


def decode_photo_header(payload: bytes) -> PhotoHeader:
    """Read who a photo is for, though it may be refused itself. Raises InvalidMessage."""
    check_size(payload)
    end = payload.find(b"\n", 0, PHOTO_HEADER_MAX_BYTES)
    if end < 0:
        raise InvalidMessage(Refusal.PHOTO_HEADER, f"no line end within {PHOTO_HEADER_MAX_BYTES} bytes")
    try:
        return _header.decode(payload[:end])
    except UNREADABLE as error:
        raise InvalidMessage(Refusal.PHOTO_HEADER, str(error)[:500]) from error


def encode_photo(photo: Photo) -> bytes:
    """The message of `photos`: header line, newline, JPEG. Its size is the caller's to check."""
    return msgspec.json.encode(photo.header) + b"\n" + photo.jpeg
