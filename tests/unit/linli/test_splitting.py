import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.batch import decode_batch
from linli.splitting import find_seq, split_events

GOOD = b'{"seq":1,"kind":"telemetry","fill_pct":50}'


def batch(*events: bytes) -> bytes:
    return b'{"epoch":"abcd1234","first":1,"events":[' + b",".join(events) + b"]}"


@pytest.mark.parametrize(
    "bad",
    [
        b'{"seq":7,"kind":"fault","code":"x","detail":"cut emoji \\ud83d"}',
        b'{"seq":7,"kind":"fault","code":"x","detail":"low \\udc00"}',
        b'{"seq":7,"kind":"fault","code":"x","detail":"\xff\xfe"}',
        b'{"seq":7,"kind":"telemetry","fill_pct":1,"ext":{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
        b'{"seq":7,"kind":"telemetry","fill_pct":NaN}',
        b'{"ext":{"seq":9,"x":"\\ud83d"},"seq":7,"kind":"telemetry","fill_pct":1}',
        b'{"seq":7.0,"kind":"telemetry","fill_pct":1}',
        b'{"seq" : 7 , "kind":"fault","code":"x","detail":"\\"seq\\":5, \\ud83d"}',
    ],
)
def test_what_spoils_a_message_for_a_parser_costs_itself_alone(bad: bytes) -> None:
    decoded = decode_batch(batch(GOOD, bad, GOOD.replace(b":1,", b":2,")))
    assert [event.seq for event in decoded.events] == [1, 2]
    (refused,) = decoded.refused
    assert refused.seq == 7, "its number is settled, or it would come for ever"
    assert refused.reason in {"json", "schema"}


@pytest.mark.parametrize(
    "event",
    [
        b"[]",
        b"5",
        b'"seq":3',
        b'{"seq":"3","x":\\}',
        b'{"seq":-3}',
        b'{"ext":{"seq":3}}',
        b'{"seq":1,"seq":2}',
    ],
)
def test_no_number_is_guessed(event: bytes) -> None:
    assert find_seq(event) is None


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())), max_size=6),
    st.dictionaries(st.text(), st.text() | st.lists(st.integers())),
)
def test_any_list_of_objects_is_cut_where_its_commas_are(
    events: list[object], more: dict[str, object]
) -> None:
    more.pop("events", None)
    head, items = split_events(json.dumps(more | {"events": events}).encode()) or (b"", [])
    assert [json.loads(item) for item in items] == events
    assert json.loads(head) == more | {"events": []}


@given(st.binary(max_size=300))
def test_any_bytes_are_cut_or_not(payload: bytes) -> None:
    for text in (payload, b'{"events":[' + payload):
        parts = split_events(text)
        assert parts is None or all(isinstance(item, bytes) for item in parts[1])
        find_seq(text)
