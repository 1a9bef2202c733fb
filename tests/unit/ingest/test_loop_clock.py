"""Ingest's own clock is set while it works."""

import pytest

from ingest.broker.message import Message
from tests.unit.ingest.house import fill
from tests.unit.ingest.turning import HOUR, MINUTE, SECOND


@pytest.mark.parametrize("by", [-24 * HOUR, -HOUR, HOUR, 24 * HOUR])
def test_a_clock_that_is_set_accuses_nobody_and_who_is_silent_from_then_on_is_missed(turning, house, by):
    known: dict[int, list[tuple[str, str, str]]] = {}

    def script(turn: int) -> list[Message]:
        known[turn] = house.alerts()
        if turn == 20:
            house.set_back(-by)
        return [house.batch(fill(10, seq=turn))] if turn < 20 else []

    turning.wire.pace_ms = 20 * SECOND
    turning.run(32, script)
    assert known[28] == [], "not three minutes yet"
    assert known[32] == [("offline", "fired", "silent")]


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_what_waits_as_the_clock_is_set_came_at_other_times(turning, house, by):
    """A fire is no old news because of it."""

    def script(turn: int) -> list[Message]:
        if turn != 5:
            return [house.batch(fill(10, seq=turn))]
        hot = {"kind": "telemetry", "seq": 5, "age_ms": 10, "ts": None, "temperature_c": 90}
        fire = house.batch(hot, sent=None)
        house.set_back(-by)
        return [fire]

    turning.run(6, script)
    ((fire, _),) = house.store.alert_changes_after(0, 9)
    assert (fire.at_ms, fire.pages) == (house.now - SECOND - 10, True)


def test_a_sleeper_sleeps_on_as_the_clock_is_set_ahead(turning, house):
    house.status(state="asleep", next_s=3_600)

    def script(turn: int) -> list[Message]:
        if turn == 20:
            house.set_back(-24 * HOUR)
        return []

    turning.wire.pace_ms = MINUTE
    turning.run(55, script)
    assert house.alerts() == []
    turning.loop._stopping = False
    turning.run(turning.wire.turns + 10)
    assert house.alerts() == [("offline", "fired", "overslept")]
