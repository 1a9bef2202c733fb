"""What is read of a telemetry event's body as it is stored."""

import json

import pytest

from linli.events import decode_reading


def test_readings_are_floats_by_name() -> None:
    body = json.dumps({"kind": "telemetry", "seq": 1, "fill_pct": 5, "lid_open": True, "ext": {"x": [1]}})
    assert decode_reading(body.encode()) == ("", {"fill_pct": 5.0, "lid_open": 1.0})


@pytest.mark.parametrize("body", [b"", b"{", b'{"fill_pct": "full"}', b"\xff", b"[" * 100_000, b"null"])
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="body is none"):
        decode_reading(body)
