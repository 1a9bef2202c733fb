"""Bytes of the wire to values: the size, the UTF-8 and whatever a decoder can raise, said once."""

from typing import TypeVar

import msgspec

from linli.errors import InvalidMessage
from linli.refusal import Refusal

MESSAGE_MAX_BYTES = 65_536
ENDS = b" \t\r\n\v\f\0"
"""What may follow a message and says nothing: a program in C sends the end of its string too."""

T = TypeVar("T")

UNREADABLE = (InvalidMessage, msgspec.DecodeError, RecursionError, ValueError, OverflowError)
"""What bytes can raise inside msgspec or a value's own checks.

msgspec's ValidationError is a DecodeError, and UnicodeDecodeError a ValueError.
"""


def check_size(payload: bytes) -> None:
    """Raises InvalidMessage(`size`)."""
    if len(payload) > MESSAGE_MAX_BYTES:
        raise InvalidMessage(Refusal.SIZE, f"{len(payload)} bytes, the limit is {MESSAGE_MAX_BYTES}")


def check_text(payload: bytes) -> None:
    """Raises InvalidMessage(`json`) for what is not UTF-8: msgspec does not look at the bytes it skips."""
    try:
        if not payload.isascii():
            payload.decode()
    except UnicodeDecodeError as error:
        raise invalid(error) from error


def decode(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    """A whole message. Raises InvalidMessage: `size`, `json`, `schema`."""
    check_size(payload)
    check_text(payload)
    try:
        return decoder.decode(payload.rstrip(ENDS))
    except UNREADABLE as error:
        raise invalid(error) from error


def invalid(error: Exception) -> InvalidMessage:
    """Name what a decoder found wrong: `schema` for values, `json` for text that is no JSON.

    Always another one than `error`: one that is raised from itself is a ring, which holds its frame and the
    payload until a collector comes.
    """
    if isinstance(error, InvalidMessage):
        return InvalidMessage(error.reason, error.detail)
    is_schema = isinstance(error, msgspec.ValidationError)
    return InvalidMessage(
        Refusal.SCHEMA if is_schema else Refusal.JSON, str(error)[:500] or type(error).__name__
    )
