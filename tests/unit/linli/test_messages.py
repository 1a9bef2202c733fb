import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli import messages
from linli.errors import InvalidMessage
from linli.events import encode

JPEG = b"\xff\xd8 not really, but bytes all the same\n\xff\xd9"


def photo(jpeg: bytes = JPEG, sha256: str = "") -> bytes:
    digest = sha256 or hashlib.sha256(jpeg).hexdigest()
    return messages.encode_photo(messages.Photo(messages.PhotoHeader("abcd1234", 5, digest), jpeg))


def test_a_photo_comes_back_as_it_was_sent() -> None:
    decoded = messages.decode_photo(photo())
    assert decoded.jpeg == JPEG
    assert decoded.header.seq == 5


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"no newline at all", "photo_header"),
        (b"x" * 600 + b"\n", "photo_header"),
        (b"{}\n", "photo_header"),
        (b"\xff\n", "photo_header"),
        (photo(sha256="0" * 64), "photo_hash"),
        (photo(jpeg=b"x" * 65_536), "size"),
    ],
)
def test_a_photo_that_is_none_is_refused_by_name(payload: bytes, reason: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        messages.decode_photo(payload)
    assert raised.value.reason == reason


def test_a_sleeper_says_when_it_wakes() -> None:
    with pytest.raises(InvalidMessage):
        messages.decode_status(b'{"state":"asleep","session":"abcd1234"}')
    assert messages.decode_status(b'{"state":"asleep","session":"abcd1234","next_s":60}').next_s == 60


def test_an_empty_receipt_is_short() -> None:
    receipt = messages.Receipt(epoch="abcd1234", through=9, now=1)
    assert encode(receipt) == b'{"epoch":"abcd1234","through":9,"now":1}'
    assert messages.decode_receipt(encode(receipt)) == receipt


@pytest.mark.parametrize(
    "decode",
    [
        messages.decode_status,
        messages.decode_receipt,
        messages.decode_command,
        messages.decode_reply,
        messages.decode_photo,
    ],
)
@given(payload=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(decode, payload: bytes) -> None:
    try:
        decode(payload)
    except InvalidMessage as error:
        assert error.reason in {"json", "schema", "photo_header", "photo_hash"}
