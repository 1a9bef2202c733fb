"""Sums of an hour, folded from the events of a group."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.errors import StoreRefused
from stores.rollups import HOUR_MS, fold, readings
from tests.contract.samples import NOON, telemetry

reading = st.tuples(
    st.integers(0, 3),  # ledger
    st.integers(-2, 2),  # hour
    st.sampled_from([None, "k1", "o1"]),
    st.dictionaries(st.sampled_from(["fill_pct", "weight_kg", "lid_open"]), st.integers(0, 100), min_size=1),
)


@given(st.lists(reading, max_size=40))
def test_the_sums_are_those_of_the_readings(given_readings) -> None:
    events = [
        (ledger, telemetry(seq, NOON + hour * HOUR_MS + seq, place, **channels))
        for seq, (ledger, hour, place, channels) in enumerate(given_readings, 1)
    ]
    expected: dict[tuple[int, int, str, str], list[int]] = {}
    for ledger, hour, place, channels in given_readings:
        for channel, value in channels.items():
            expected.setdefault((ledger, NOON + hour * HOUR_MS, place or "", channel), []).append(value)
    rows = fold(events)
    assert {tuple(row[:4]): row[4:6] for row in rows} == {
        key: (len(values), sum(values)) for key, values in expected.items()
    }
    for ledger, hour, place, channel, *_, first, last in rows:
        numbers = [
            event.seq
            for of, event in events
            if of == ledger and event.placed_ms // HOUR_MS * HOUR_MS == hour
            for found, values in [readings(event.body)]
            if found == place and channel in dict(values)
        ]
        assert first <= min(numbers) <= max(numbers) <= last


def test_readings_are_floats_by_name() -> None:
    body = json.dumps({"kind": "telemetry", "seq": 1, "fill_pct": 5, "lid_open": True, "ext": {"x": [1]}})
    assert readings(body.encode()) == ("", [("fill_pct", 5.0), ("lid_open", 1.0)])


@pytest.mark.parametrize("body", [b"", b"{", b'{"fill_pct": "full"}', b"\xff", b"[" * 100_000, b"null"])
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(StoreRefused):
        readings(body)
