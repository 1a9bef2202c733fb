"""A place over many groups: what is newest, what the hours sum to, and what its rules make of it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.draft import Draft
from ingest.folding.telemetry import fold_telemetry
from ingest.openplace import HOUR_MS, OpenPlace
from linli.alerts.evaluate import evaluate, newest
from linli.alerts.readings import Level
from linli.alerts.rules import HEAT, LOW_BATTERY, OVERFLOW, PAGE_WITHIN_MS
from linli.alerts.state import Alert, State
from linli.events import Telemetry
from linli.ports.rows import HourRow, PlaceRow
from tests.unit.ingest.house import EPOCH, NOW, House

BIN = ("garden", "bin-1")
LONG_AGO = NOW - NOW % HOUR_MS

reading = st.tuples(
    st.integers(-3 * HOUR_MS, 0).map(lambda ago: LONG_AGO + ago),
    st.sampled_from([EPOCH, "another1"]),
    st.dictionaries(st.sampled_from(["fill_pct", "weight_kg"]), st.integers(0, 100).map(float), min_size=1),
)


@given(st.lists(st.lists(reading, max_size=6), max_size=6))
def test_hours_sum_to_the_readings_and_the_newest_value_stands(groups) -> None:
    row: PlaceRow | None = None
    closed: list[HourRow] = []
    given_readings = []
    seq = 0
    for group in groups:
        place = OpenPlace(BIN, "kitchen", row)
        for at_ms, epoch, values in group:
            seq += 1
            place.add(epoch, seq, at_ms, values, NOW)
            given_readings.append((at_ms, seq, epoch, values))
        row, hours = place.close()
        closed += hours
    assert row is not None or not groups
    rows = closed + ([row.hour] if row is not None and row.hour is not None else [])
    assert all(known.hour_ms >= each.hour_ms for known in rows[-1:] for each in rows)
    sums: dict[tuple[int, str, str], list[float]] = {}
    for at_ms, _, epoch, values in given_readings:
        for channel, value in values.items():
            sums.setdefault((at_ms - at_ms % HOUR_MS, epoch, channel), []).append(value)
    found: dict[tuple[int, str, str], tuple[int, float]] = {}
    for hour in rows:
        for channel, (n, total) in hour.sums.items():
            before = found.get((hour.hour_ms, hour.epoch, channel), (0, 0.0))
            found[hour.hour_ms, hour.epoch, channel] = (before[0] + n, before[1] + total)
    assert found == {key: (len(values), sum(values)) for key, values in sums.items()}
    for at_ms, number, epoch, _ in given_readings:
        key = (at_ms - at_ms % HOUR_MS, epoch)
        assert any(
            (hour.hour_ms, hour.epoch) == key and hour.first_seq <= number <= hour.last_seq for hour in rows
        )
    for channel in ("fill_pct", "weight_kg"):
        of = [
            (at_ms, number, values[channel])
            for at_ms, number, _, values in given_readings
            if channel in values
        ]
        if of:
            at_ms, number, value = max(of)
            assert row is not None
            assert row.newest[channel] == (value, at_ms, number)


def test_a_value_of_the_future_gives_way() -> None:
    place = OpenPlace(BIN, "kitchen", None)
    place.add(EPOCH, 1, NOW + HOUR_MS, {"fill_pct": 99.0}, NOW)
    place.add(EPOCH, 2, NOW, {"fill_pct": 10.0}, NOW)
    assert place.close()[0].newest == {"fill_pct": (10.0, NOW, 2)}


def test_the_pages_are_told_the_newest_of_the_group() -> None:
    place = OpenPlace(BIN, "kitchen", None)
    place.add(EPOCH, 2, NOW - 1, {"fill_pct": 2.0, "weight_kg": 1.0}, NOW)
    place.add(EPOCH, 1, NOW - 2, {"fill_pct": 1.0}, NOW)
    place.add(EPOCH, 3, NOW, {"weight_kg": 3.0}, NOW)
    assert (place.shown, place.shown_ms) == ({"fill_pct": 2.0, "weight_kg": 3.0}, NOW)


@pytest.mark.parametrize("ago_ms", [60_000, PAGE_WITHIN_MS + 1])
def test_a_late_reading_is_not_shown_as_the_level_of_now(ago_ms: int) -> None:
    before = OpenPlace(BIN, "kitchen", None)
    before.add(EPOCH, 2, NOW, {"fill_pct": 80.0}, NOW)
    place = OpenPlace(BIN, "kitchen", before.close()[0])
    place.add(EPOCH, 1, NOW - ago_ms, {"fill_pct": 20.0}, NOW)
    assert place.shown == {}
    assert place.newest == {"fill_pct": (80.0, NOW, 2)}


def test_the_newest_known_is_not_shown_live_when_it_is_old_news() -> None:
    place = OpenPlace(BIN, "kitchen", None)
    place.add(EPOCH, 1, NOW - PAGE_WITHIN_MS - 1, {"fill_pct": 20.0}, NOW)
    assert place.shown == {}
    place.add(EPOCH, 2, NOW - PAGE_WITHIN_MS, {"fill_pct": 30.0}, NOW)
    assert place.shown == {"fill_pct": 30.0}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.store.close()


@settings(deadline=None)
@given(
    st.sampled_from([OVERFLOW, HEAT, LOW_BATTERY]),
    st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from([10.0, 25.0, 55.0, 85.0, 91.0, 95.0])),
        max_size=30,
        unique_by=lambda each: each[0],
    ),
)
def test_a_rule_over_places_says_what_evaluate_says(quiet: House, rule, levels) -> None:
    """In any order: most readings never reach `evaluate`, and the last reading is kept with the place."""
    draft = Draft(quiet.memory, NOW)
    home = quiet.memory.devices[BIN]
    expected, alert = [], Alert()
    for seq, (minute, value) in enumerate(levels, 1):
        at_ms = LONG_AGO + minute * 60_000
        event = Telemetry(seq=seq, ts=at_ms, compartment=None, **{rule.channel: value})
        fold_telemetry(EPOCH, event, at_ms, home, draft)
        before = alert
        alert, reason = evaluate(rule, before, Level(at_ms, value), NOW)
        if before.state is not State.FIRING and alert.state is State.FIRING:
            expected.append(("fired", reason.value, at_ms, alert.value))
            known = newest(rule, before)
            if isinstance(known, Level) and at_ms < known.at_ms <= NOW:  # was it over by then?
                alert, reason = evaluate(rule, replace(alert, last_ms=known.at_ms), known, NOW)
                if alert.state is State.RESOLVED:
                    expected.append(("resolved", reason.value, known.at_ms, known.value))
        elif before.state is State.FIRING and alert.state is State.RESOLVED:
            expected.append(("resolved", reason.value, at_ms, alert.value))
    group = draft.close()
    assert [(each.change, each.reason, each.at_ms, each.value) for each in group.alert_changes] == expected
    for slot in group.slots:
        assert slot.alert == Alert(
            alert.state, alert.since_ms, alert.fired_ms, None, None, alert.count, alert.window
        )
    assert group.slots or alert.state is State.INACTIVE
