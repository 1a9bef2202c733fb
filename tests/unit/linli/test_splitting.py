import gc
import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.batch import decode_batch
from linli.errors import InvalidMessage
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


def test_a_string_that_never_ends_costs_its_event_alone() -> None:
    decoded = decode_batch(batch(GOOD, b'{"seq":7,"kind":"fault","code":"x","detail":"cut \\" }'))
    assert [event.seq for event in decoded.events] == [1]
    assert [(bad.seq, bad.reason) for bad in decoded.refused] == [(7, "json")]


@pytest.mark.parametrize("events", [200, 201])
def test_no_more_events_than_the_limit(events: int) -> None:
    payload = batch(*(GOOD.replace(b":1,", b":%d," % n) for n in range(2, events + 1)), b'{"seq":1,"x":\\}')
    if events > 200:
        with pytest.raises(InvalidMessage, match="more than 200 events"):
            decode_batch(payload)
    else:
        assert (len(decode_batch(payload).events), len(decode_batch(payload).refused)) == (199, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: b'{"seq":1,"x":"' + b'\\"' * n + b"}",
        lambda n: b'"' + b',\\"' * 199 + b'\\"' * n,
        lambda n: b'{"a":"' + b'},{"x":\\"' * 198 + b'\\"' * n,
        lambda n: b"{" + b'"seq":  ' * n + b"\xff}",
        lambda n: b'{"a":' * n,
    ],
)
def test_eight_times_the_bytes_are_not_sixty_times_the_work(make: Callable[[int], bytes]) -> None:
    """Followed to the end from each of its quotes, one message of 64 KB took 13 seconds."""

    def least(payload: bytes) -> float:
        took = []
        for _ in range(5):
            began = time.process_time()
            with suppress(InvalidMessage):
                decode_batch(payload)
            took.append(time.process_time() - began)
        return min(took)

    assert least(batch(make(8_000))) < 30 * least(batch(make(1_000)))


@pytest.mark.parametrize(
    "payload",
    [
        batch(GOOD)[:-1],
        batch(GOOD)[:-1] + b"\xff",
        batch(b'{"seq":1,"x":"\xff"}'),
        batch(b'{"seq":1,"x":"\\ud83d"}'),
        batch(b'{"seq":1,"kind":"x"}'),
        b"5",
        b"\xff}",
    ],
)
def test_what_was_refused_is_not_held_by_its_own_error(payload: bytes) -> None:
    """In a ring of a frame and its exception the payload would stay until the collector comes."""

    def held() -> int:
        return sum(isinstance(each, InvalidMessage) for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = held()
        with suppress(InvalidMessage):
            decode_batch(payload)
        assert held() == before
    finally:
        gc.enable()


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
    head, items = split_events(json.dumps(more | {"events": events}).encode(), 6) or (b"", [])
    assert [json.loads(item) for item in items] == events
    assert json.loads(head) == more | {"events": []}


@given(st.binary(max_size=300))
def test_any_bytes_are_cut_or_not(payload: bytes) -> None:
    for text in (payload, b'{"events":[' + payload):
        parts = split_events(text, 300)
        assert parts is None or all(isinstance(item, bytes) for item in parts[1])
        find_seq(text)
