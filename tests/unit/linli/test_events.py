import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.batch import BATCH_MAX_EVENTS, decode_batch
from linli.decoding import MESSAGE_MAX_BYTES
from linli.errors import InvalidMessage
from linli.events import CHANNELS, Deposit, Fault, Telemetry, decode_event, encode
from linli.messages import decode_status

GOOD = {"seq": 1, "kind": "telemetry", "fill_pct": 50}


def batch(*events: object, **more: object) -> bytes:
    return json.dumps({"epoch": "abcd1234", "first": 1, "events": list(events)} | more).encode()


def nested(depth: int) -> dict[str, object]:
    """A list in a list, so deep; the dictionary around them is one more."""
    inner: object = 1
    for _ in range(depth):
        inner = [inner]
    return {"maker": inner}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_batch_keeps_the_order_sent() -> None:
    decoded = decode_batch(batch(GOOD | {"seq": 3}, GOOD | {"seq": 2}, sent=7))
    assert [event.seq for event in decoded.events] == [3, 2]
    assert (decoded.epoch, decoded.first, decoded.sent, decoded.refused) == ("abcd1234", 1, 7, [])


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"fill_pct": 101}, "fill_pct"),
        ({"fill_pct": -0.1}, "fill_pct"),
        ({"fill_pct": "50"}, "fill_pct"),
        ({"fil_pct": 50}, "fil_pct"),
        ({"fill_pct": None}, "at least one of"),
        ({"compartment": "a/b"}, "compartment"),
        ({"compartment": "a", "battery_pct": 50}, "battery_pct"),
        ({"ts": -1}, "ts"),
        ({"ts": 1.5}, "ts"),
        ({"seq": 2**53}, "seq"),
        ({"seq": 0}, "seq"),
        ({"kind": "nonsense"}, "nonsense"),
        ({"kind": "deposit"}, "fill_pct"),
        ({"ext": {"a": "x" * 3000}}, "ext"),
        ({"ext": nested(32)}, "nested deeper than 32"),
        ({"ext": nested(900)}, "nested deeper than 32"),
    ],
)
def test_a_bad_event_costs_itself_alone_and_is_named(bad: dict[str, object], named: str) -> None:
    decoded = decode_batch(batch(GOOD | {"seq": 8}, GOOD | {"seq": 9} | bad, GOOD | {"seq": 10}))
    assert [event.seq for event in decoded.events] == [8, 10]
    (refused,) = decoded.refused
    assert refused.reason == "schema"
    assert named in refused.detail
    assert refused.seq == (None if "seq" in bad else 9)


def test_a_classification_needs_its_confidence_unless_it_is_unsure() -> None:
    seen = {"seq": 1, "kind": "deposit", "compartment": "k", "item_kind": "kitchen"}
    assert decode_batch(batch(seen)).refused[0].reason == "schema"
    (event,) = decode_batch(batch(seen | {"unsure": "blurred"})).events
    assert isinstance(event, Deposit)
    assert event.unsure == "blurred"


@pytest.mark.parametrize("value", ["13912345678", "110101199003071234", "Wang Wei", "A" * 32, "f" * 33])
def test_a_household_can_be_no_name_and_no_number(value: str) -> None:
    event = {"seq": 1, "kind": "deposit", "compartment": "k", "unsure": "bag", "household": value}
    assert decode_batch(batch(event)).events == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "json"),
        (b"\xff\xfe", "json"),
        (b"null", "schema"),
        (b'{"epoch":"abcd1234"', "json"),
        (b"[" * 60_000, "json"),
        (b" " * (MESSAGE_MAX_BYTES + 1), "size"),
        (batch(epoch="short"), "schema"),
        (batch(*[GOOD] * (BATCH_MAX_EVENTS + 1)), "schema"),
        (batch(GOOD, first=0), "schema"),
        (batch(GOOD, first=0, extra=1), "schema"),
        (b'{"epoch":"abcd1234","first":1,"extra":1,"events":7}', "schema"),
    ],
)
def test_a_message_that_cannot_be_read_is_refused_whole(payload: bytes, reason: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        decode_batch(payload)
    assert raised.value.reason in {reason, "schema" if payload.startswith(b"[") else reason}


@pytest.mark.parametrize(
    ("wrong", "named", "sent", "offset_ms"),
    [
        ({"extra": {"events": [GOOD], "first": 9}}, "unknown field `extra`", 1_764_032_400_123, -5),
        ({"sent": "noon"}, "$.sent", None, -5),
        ({"sent": -1}, "$.sent", None, -5),
        ({"offset_ms": 1.5}, "$.offset_ms", 1_764_032_400_123, None),
        ({"offset_ms": [[]]}, "$.offset_ms", 1_764_032_400_123, None),
    ],
)
def test_a_wrong_field_of_the_batch_itself_costs_itself_alone(
    wrong: dict[str, object], named: str, sent: int | None, offset_ms: int | None
) -> None:
    envelope = {"sent": 1_764_032_400_123, "offset_ms": -5} | wrong
    decoded = decode_batch(batch(GOOD, {"seq": 2, "kind": "telemetry", "fil_pct": 3}, first=1, **envelope))
    assert [event.seq for event in decoded.events] == [GOOD["seq"]]
    assert [(bad.seq, bad.reason) for bad in decoded.refused] == [(None, "schema"), (2, "schema")]
    assert named in decoded.refused[0].detail
    assert (decoded.sent, decoded.offset_ms) == (sent, offset_ms)


@pytest.mark.parametrize("end", [b"\0", b"\0\0\n", b"\r\n\0", b"\v\f"])
def test_the_end_of_a_string_in_c_costs_nothing(end: bytes) -> None:
    decoded = decode_batch(batch(GOOD, GOOD | {"seq": 2}) + end)
    assert [event.seq for event in decoded.events] == [1, 2]
    assert decoded.refused == []
    assert decode_status(b'{"state":"online","session":"sess0001"}' + end).state == "online"


@given(json_values, st.sampled_from(["sent", "offset_ms", "extra"]))
def test_whatever_a_batch_says_of_itself_its_events_are_taken(value: object, field: str) -> None:
    decoded = decode_batch(batch(GOOD, **{field: value}))
    assert [event.seq for event in decoded.events] == [GOOD["seq"]]


@pytest.mark.parametrize(
    "wrong",
    [
        '"firmware":"版本2"'.encode("gbk"),
        b'"sent":nan',
        b'"sent":007',
        b'"sent":',
        b'"offset_ms":-',
        b'"note":"two\nlines"',
        b'"note":"\\ud83d"',
        b'"note":' + b"[" * 2_000 + b"]" * 2_000,
    ],
)
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_field_of_the_batch_that_is_no_json_costs_itself_alone(wrong: bytes, place: str) -> None:
    good = b'"epoch":"a1b2c3d4","first":1,"offset_ms":7,"events":[%s]' % json.dumps(GOOD).encode()
    if wrong.startswith(b'"offset_ms"'):
        good = good.replace(b'"offset_ms":7,', b"")
    payload = b"{" + b",".join((wrong, good) if place == "before" else (good, wrong)) + b"}"
    decoded = decode_batch(payload)
    assert (decoded.epoch, decoded.first, decoded.sent) == ("a1b2c3d4", 1, None)
    assert decoded.offset_ms == (None if wrong.startswith(b'"offset_ms"') else 7)
    assert [event.seq for event in decoded.events] == [GOOD["seq"]]
    [refused] = decoded.refused
    assert refused.reason in {"json", "schema"}, "an unknown field's name is read before its value"
    assert (refused.seq, refused.raw) == (None, payload.replace(json.dumps(GOOD).encode(), b""))


def test_channels_are_the_fields_of_telemetry() -> None:
    event = Telemetry(seq=1, lid_open=True, weight_kg=2)
    assert event.values() == {"weight_kg": 2.0, "lid_open": 1.0}
    own = {*Deposit.__struct_fields__} & {*Fault.__struct_fields__} | {"compartment"}  # what every event has
    assert set(CHANNELS) == set(Telemetry.__struct_fields__) - own


def test_values_are_all_the_channels_in_their_order() -> None:
    read: dict[str, Any] = dict.fromkeys(CHANNELS, 1.0)
    assert list(Telemetry(seq=1, **read).values()) == list(CHANNELS)
    for name in CHANNELS:
        one: dict[str, Any] = {name: 1.0}
        assert Telemetry(seq=1, **one).values() == one


def test_an_event_survives_being_stored() -> None:
    raw = GOOD | {"ext": nested(31), "ts": 5}
    (event,) = decode_batch(batch(raw)).events
    again = decode_event(encode(event))
    assert json.loads(encode(again)) == raw | {"fill_pct": 50.0}


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_or_refused_with_a_reason(payload: bytes) -> None:
    try:
        decode_batch(payload)
    except InvalidMessage as error:
        assert error.reason in {"json", "schema", "size"}


@given(st.lists(json_values, max_size=5))
def test_any_json_beside_a_good_event_leaves_it_alone(neighbours: list[object]) -> None:
    decoded = decode_batch(batch(*neighbours, GOOD | {"seq": 77}))
    assert decoded.events[-1].seq == 77
    assert len(decoded.events) + len(decoded.refused) == len(neighbours) + 1


def test_a_device_may_say_by_how_much_its_clock_is_off() -> None:
    good, spoilt = batch(GOOD, offset_ms=-3_600_000), batch({}, offset_ms=3_600_000)
    assert decode_batch(good).offset_ms == -3_600_000
    assert decode_batch(spoilt).offset_ms == 3_600_000
