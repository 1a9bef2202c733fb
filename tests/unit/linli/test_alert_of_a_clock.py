"""The alert of a clock: when it fires, and when it is over."""

import pytest
from msgspec.structs import replace

from linli.alerts.evaluate import evaluate
from linli.alerts.readings import Stamping
from linli.alerts.rules import CLOCK
from linli.alerts.state import Alert, Reason, State

HOUR, MINUTE = 3_600_000, 60_000


def stamping(offset_ms: int = 0, *, known: bool = True, wrong: Reason | None = None) -> Stamping:
    return Stamping(5, offset_ms, known, wrong)


@pytest.mark.parametrize(
    ("reading", "state", "reason"),
    [
        (stamping(0), State.INACTIVE, Reason.NORMAL),
        (stamping(120_000), State.INACTIVE, Reason.NORMAL),
        (stamping(HOUR), State.FIRING, Reason.CLOCK_BEHIND),
        (stamping(-HOUR), State.FIRING, Reason.CLOCK_AHEAD),
        (stamping(HOUR, wrong=Reason.ABSURD_STAMPS), State.FIRING, Reason.ABSURD_STAMPS),
        (stamping(HOUR, wrong=Reason.STAMPS_SET_BACK), State.FIRING, Reason.CLOCK_BEHIND),
        (stamping(0, wrong=Reason.ABSURD_STAMPS), State.FIRING, Reason.ABSURD_STAMPS),
        (stamping(0, wrong=Reason.STAMPS_SET_BACK), State.FIRING, Reason.STAMPS_SET_BACK),
    ],
)
def test_a_clock_that_is_off(reading: Stamping, state: State, reason: Reason) -> None:
    alert, why = evaluate(CLOCK, Alert(), reading, now=HOUR)
    assert (alert.state, why) == (state, reason)


def test_one_clock_alert_until_the_clock_is_known_to_be_right() -> None:
    alert, _ = evaluate(CLOCK, Alert(), stamping(HOUR), now=HOUR)
    for reading, reason in (
        (stamping(0, wrong=Reason.ABSURD_STAMPS), Reason.STILL_FIRING),
        (stamping(90_000), Reason.NOT_YET_CLEAR),
        (stamping(0, known=False), Reason.NOT_YET_CLEAR),
    ):
        alert, why = evaluate(CLOCK, alert, reading, now=HOUR)
        assert (alert.state, why) == (State.FIRING, reason)
    right = stamping(1_000)
    alert, why = evaluate(CLOCK, alert, right, now=HOUR)
    assert (alert.state, why) == (State.FIRING, Reason.NOT_YET_CLEAR), "it was wrong a moment ago"
    right = replace(right, at_ms=right.at_ms + CLOCK.right_for_ms)
    alert, why = evaluate(CLOCK, alert, right, now=HOUR)
    assert (alert.state, why) == (State.RESOLVED, Reason.CLOCK_RIGHT)


def test_a_clock_has_been_right_for_half_an_hour_since_it_was_last_wrong() -> None:
    alert, _ = evaluate(CLOCK, Alert(), stamping(HOUR), now=HOUR)
    alert, _ = evaluate(CLOCK, alert, replace(stamping(HOUR), at_ms=6 * MINUTE), now=HOUR)
    alert, why = evaluate(CLOCK, alert, replace(stamping(), at_ms=35 * MINUTE), now=HOUR)
    assert why is Reason.NOT_YET_CLEAR
    _, why = evaluate(CLOCK, alert, replace(stamping(), at_ms=36 * MINUTE), now=HOUR)
    assert why is Reason.CLOCK_RIGHT
