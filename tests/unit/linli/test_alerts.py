import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from linli.alerts.evaluate import evaluate, is_calm
from linli.alerts.readings import Condition, Judged, Level, Presence
from linli.alerts.rules import (
    HEAT,
    LENS_COVERED,
    LOW_BATTERY,
    MISSORT,
    MUTE,
    OFFLINE,
    OVERFLOW,
    RULES,
    pages,
)
from linli.alerts.state import Alert, AlertKind, Reason, State
from linli.waste import Gravity, Outcome

HOUR = 3_600_000


def run(rule, values, alert: Alert | None = None):
    """Feed values a second apart; returns the alert, and state and reason after each."""
    alert, seen = alert or Alert(), []
    for second, value in enumerate(values):
        alert, reason = evaluate(rule, alert, Level(second * 1000, value), now=HOUR)
        seen.append((alert.state, reason))
    return alert, seen


def test_an_overflow_is_confirmed_fires_once_and_clears_past_the_lower_limit() -> None:
    _, seen = run(OVERFLOW, [50, 91, 92, 95, 85, 79, 91])
    assert seen == [
        (State.INACTIVE, Reason.NORMAL),
        (State.PENDING, Reason.CONFIRMING),
        (State.FIRING, Reason.OVER_LIMIT),
        (State.FIRING, Reason.STILL_FIRING),
        (State.FIRING, Reason.NOT_YET_CLEAR),
        (State.RESOLVED, Reason.CLEARED),
        (State.PENDING, Reason.CONFIRMING),
    ]


def test_a_hand_before_the_sensor_is_no_overflow() -> None:
    alert, seen = run(OVERFLOW, [40, 100, 40, 100, 40])
    assert State.FIRING not in {state for state, _ in seen}
    assert alert.state is State.INACTIVE


def test_heat_waits_for_nothing() -> None:
    alert, seen = run(HEAT, [60])
    assert seen == [(State.FIRING, Reason.OVER_LIMIT)]
    assert alert.fired_ms == 0


def test_a_battery_falls() -> None:
    _, seen = run(LOW_BATTERY, [25, 20, 19, 25, 31])
    assert [state for state, _ in seen[1:]] == [State.PENDING, State.FIRING, State.FIRING, State.RESOLVED]
    assert seen[2][1] is Reason.UNDER_LIMIT


def test_a_late_reading_within_the_limits_changes_nothing() -> None:
    alert, _ = run(HEAT, [20, 30])
    assert evaluate(HEAT, alert, Level(500, 40), now=HOUR) == (alert, Reason.LATE_READING)


def test_a_fire_that_was_overtaken_is_an_alert_all_the_same() -> None:
    alert, _ = run(HEAT, [20, 30])
    alert, reason = evaluate(HEAT, alert, Level(500, 200), now=HOUR)
    assert (alert.state, alert.fired_ms, alert.value, reason) == (
        State.FIRING,
        500,
        200,
        Reason.LATE_OVER_LIMIT,
    )
    again, reason = evaluate(HEAT, alert, Level(600, 210), now=HOUR)
    assert (again, reason) == (alert, Reason.LATE_READING)
    alert, reason = evaluate(HEAT, alert, Level(2000, 30), now=HOUR)
    assert (alert.state, reason) == (State.RESOLVED, Reason.CLEARED)
    assert evaluate(HEAT, alert, Level(1500, 200), now=HOUR) == (alert, Reason.LATE_READING), "already told"


def test_a_late_overflow_is_confirmed_too() -> None:
    alert, _ = run(OVERFLOW, [20, 30, 30, 30])
    for at, value in ((500, 95), (600, 10), (700, 95)):
        alert, _ = evaluate(OVERFLOW, alert, Level(at, value), now=HOUR)
        assert alert.state is State.INACTIVE
    alert, reason = evaluate(OVERFLOW, alert, Level(800, 96), now=HOUR)
    assert (alert.state, reason) == (State.FIRING, Reason.LATE_OVER_LIMIT)


def test_a_clock_that_was_ahead_for_a_while_mutes_nothing() -> None:
    alert, _ = evaluate(HEAT, Alert(), Level(3 * HOUR, 20), now=3 * HOUR)
    alert, reason = evaluate(HEAT, alert, Level(HOUR, 200), now=HOUR)
    assert (alert.state, reason) == (State.FIRING, Reason.OVER_LIMIT)


def test_what_was_resolved_by_hand_fires_again_only_after_it_has_cleared() -> None:
    alert, _ = run(HEAT, [70])
    alert = replace(alert, state=State.RESOLVED, held=True)
    alert, reason = evaluate(HEAT, alert, Level(1000, 75), now=HOUR)
    assert (alert.state, reason) == (State.RESOLVED, Reason.HELD)
    alert, reason = evaluate(HEAT, alert, Level(2000, 40), now=HOUR)
    assert reason is Reason.CLEARED
    alert, reason = evaluate(HEAT, alert, Level(3000, 75), now=HOUR)
    assert (alert.state, reason) == (State.FIRING, Reason.OVER_LIMIT)


@given(st.lists(st.floats(0, 100, allow_nan=False), max_size=60))
def test_an_overflow_never_fires_on_one_reading_and_never_resolves_above_the_lower_limit(values) -> None:
    before = Alert()
    for second, value in enumerate(values):
        after, _ = evaluate(OVERFLOW, before, Level(second, value), now=HOUR)
        if after.state is State.FIRING and before.state is not State.FIRING:
            assert values[second - 1] >= 90
            assert value >= 90
        if before.state is State.FIRING and after.state is not State.FIRING:
            assert value < 80
        before = after


def judged(outcomes: str, gravity: Gravity = Gravity.MINOR) -> tuple[Alert, list[Reason]]:
    names = {".": Outcome.CORRECT, "x": Outcome.MISSORTED, "?": Outcome.UNSURE, "r": Outcome.MISSED_RECYCLING}
    alert, reasons = Alert(), []
    for second, name in enumerate(outcomes):
        alert, reason = evaluate(MISSORT, alert, Judged(second, names[name], gravity), now=HOUR)
        reasons.append(reason)
    return alert, reasons


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("xx", State.INACTIVE),
        ("x.x.x", State.FIRING),
        ("x????rrrr?x?x", State.FIRING),  # what was not judged neither counts nor forgives
        ("xx........x", State.INACTIVE),  # three, but no longer within ten
        ("xxx.....", State.RESOLVED),
        ("xxx....x", State.FIRING),
        ("xxx.....x", State.RESOLVED),  # what was cleared is forgiven
    ],
)
def test_a_streak_of_mis_sorts(outcomes: str, state: State) -> None:
    assert judged(outcomes)[0].state is state


def test_a_grave_mis_sort_fires_at_once_and_an_unsure_one_never() -> None:
    assert judged("x", Gravity.GRAVE)[1] == [Reason.GRAVE_MISSORT]
    assert judged("????????????")[0].state is State.INACTIVE


def present(state: str = "online", heard: int = 0, events: int = 0, **more) -> Presence:
    return Presence(state, heard, events, **more)


@pytest.mark.parametrize(
    ("presence", "now", "state", "reason"),
    [
        (present(""), 180_000, State.INACTIVE, Reason.NORMAL),
        (present(""), 180_001, State.FIRING, Reason.SILENT),
        (present("online"), 9 * HOUR, State.INACTIVE, Reason.NORMAL),  # the broker holds its will
        (
            present("offline"),
            60_000,
            State.INACTIVE,
            Reason.NORMAL,
        ),  # a short cut of the network calls nobody
        (present("offline"), 200_000, State.FIRING, Reason.SAID_OFFLINE),
        (present("asleep", wakes_ms=HOUR), HOUR + 60_000, State.INACTIVE, Reason.NORMAL),
        (present("asleep", wakes_ms=HOUR), HOUR + 180_001, State.FIRING, Reason.OVERSLEPT),
        (present(gateway_offline=True), 9 * HOUR, State.INACTIVE, Reason.GATEWAY_OFFLINE),
    ],
)
def test_who_is_offline(presence: Presence, now: int, state: State, reason: Reason) -> None:
    alert, why = evaluate(OFFLINE, Alert(), presence, now)
    assert (alert.state, why) == (state, reason)


def test_a_device_that_is_heard_again_is_back() -> None:
    alert, _ = evaluate(OFFLINE, Alert(), present(""), HOUR)
    alert, reason = evaluate(OFFLINE, alert, present("", heard=HOUR), HOUR + 1)
    assert (alert.state, alert.since_ms, reason) == (State.RESOLVED, HOUR + 1, Reason.HEARD_AGAIN)


def test_connected_but_mute() -> None:
    alert, reason = evaluate(MUTE, Alert(), present(heard=HOUR), HOUR + 1)
    assert (alert.state, reason) == (State.FIRING, Reason.NO_EVENTS)
    alert, _ = evaluate(MUTE, alert, present("offline", heard=HOUR), HOUR + 2)
    assert alert.state is State.RESOLVED  # now the offline rule speaks


def test_a_covered_lens() -> None:
    alert, reason = evaluate(LENS_COVERED, Alert(), Condition(5, present=True), now=HOUR)
    assert (alert.state, reason) == (State.FIRING, Reason.SEEN)
    alert, reason = evaluate(LENS_COVERED, alert, Condition(6, present=False), now=HOUR)
    assert (alert.state, reason) == (State.RESOLVED, Reason.GONE)


def test_every_kind_has_its_rule_and_a_rule_reads_its_own_sort_of_reading() -> None:
    assert set(RULES) == set(AlertKind)
    with pytest.raises(TypeError):
        evaluate(HEAT, Alert(), Condition(1, present=True), now=HOUR)


def test_old_news_pages_no_one() -> None:
    assert pages(AlertKind.HEAT, HOUR, HOUR + 900_000)
    assert not pages(AlertKind.HEAT, HOUR, HOUR + 900_001)


def test_a_clock_pages_no_one() -> None:
    assert not pages(AlertKind.CLOCK, HOUR, HOUR)


times = st.integers(0, 2 * HOUR)
alerts_of_levels = st.builds(
    Alert,
    state=st.sampled_from(State),
    since_ms=st.none() | times,
    last_ms=st.none() | times,
    value=st.none() | st.floats(0, 100),
    count=st.integers(0, 2),
    window=st.sampled_from(["", "x"]),
    held=st.booleans(),
)


@given(
    st.sampled_from([OVERFLOW, HEAT, LOW_BATTERY]),
    alerts_of_levels,
    times,
    st.integers(0, 100).map(float),
    times,
)
def test_a_calm_reading_changes_nothing_but_what_was_read_last(rule, alert, at_ms, value, now) -> None:
    if is_calm(rule, alert, value):
        after, _ = evaluate(rule, alert, Level(at_ms, value), now)
        assert replace(after, last_ms=alert.last_ms, value=alert.value) == alert


@pytest.mark.parametrize("state", [State.INACTIVE, State.RESOLVED])
def test_within_the_limit_with_nothing_begun_is_calm(state) -> None:
    assert is_calm(OVERFLOW, Alert(state), 89.9)
    assert not is_calm(OVERFLOW, Alert(state), 90.0)
    assert is_calm(LOW_BATTERY, Alert(state), 20.1)
    assert not is_calm(LOW_BATTERY, Alert(state), 20.0)
