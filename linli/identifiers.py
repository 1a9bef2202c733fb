"""The identifiers of the wire, as types that are validated when they are decoded."""

import re
from typing import Annotated

from msgspec import Meta

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z"
EPOCH_PATTERN = r"^[A-Za-z0-9]{8,32}\Z"
SHA256_PATTERN = r"^[0-9a-f]{64}\Z"
HOUSEHOLD_PATTERN = r"^[0-9a-f]{32}\Z"
SEQ_MAX = 2**53 - 1  # the largest integer every JSON reader keeps exact
MILLIS_MAX = 253_402_300_799_999  # the end of the year 9999

Name = Annotated[str, Meta(pattern=NAME_PATTERN, max_length=64)]
"""A community, building, device, compartment, gateway or fault code."""

Epoch = Annotated[str, Meta(pattern=EPOCH_PATTERN, max_length=32)]
"""Made at random when an outbox is made; with the device it names one unbroken count."""

Seq = Annotated[int, Meta(ge=1, le=SEQ_MAX)]
"""Counts up by one from 1 within an epoch."""

Millis = Annotated[int, Meta(ge=0, le=MILLIS_MAX)]
"""Milliseconds since 1970-01-01 UTC."""

Difference = Annotated[int, Meta(ge=-MILLIS_MAX, le=MILLIS_MAX)]
"""Between two clocks, ms: the server's less the device's."""

Sha256 = Annotated[str, Meta(pattern=SHA256_PATTERN, max_length=64)]

ModelHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{8,64}\Z", max_length=64)]
"""The SHA-256 of a model's file, or the start of it."""

Household = Annotated[str, Meta(pattern=HOUSEHOLD_PATTERN, max_length=32)]
"""A pseudonym: 32 hex digits of an HMAC with the community's key; no card or telephone number fits it."""

Text = Annotated[str, Meta(max_length=200)]
"""A short remark for people."""

_NAME = re.compile(NAME_PATTERN)


def is_name(text: str) -> bool:
    """True when `text` can be a community, building, device or compartment."""
    return _NAME.match(text) is not None
