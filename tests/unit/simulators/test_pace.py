"""Simulated time beside real time."""

from simulators.performance import LAG_MS, Pace


class Steady:
    """A clock that is set."""

    def __init__(self):
        self.ms = 10_000

    def __call__(self):
        return self.ms


def test_speed_compresses_the_waits():
    steady = Steady()
    pace = Pace(60, steady)
    assert pace.wait_ms(60) == 1_000
    steady.ms += 400
    assert pace.wait_ms(60) == 600
    steady.ms += 700
    assert pace.wait_ms(60) == 0


def test_a_short_delay_is_caught_up_with():
    steady = Steady()
    pace = Pace(1, steady)
    steady.ms += 1_000 + LAG_MS
    assert pace.wait_ms(1) == 0
    assert pace.wait_ms(2) == 1_000 - LAG_MS


def test_a_long_delay_makes_the_rest_of_the_day_late_instead_of_hurried():
    steady = Steady()
    pace = Pace(1, steady)
    steady.ms += 60_000
    assert pace.wait_ms(1) == 0
    assert pace.wait_ms(2) == 1_000 - LAG_MS
    assert pace.wait_ms(62) == 61_000 - LAG_MS
