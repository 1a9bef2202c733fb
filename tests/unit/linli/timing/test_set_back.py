"""A clock that was set back by hours, and a right one that only looks so: the first batch cannot tell."""

from tests.unit.linli.timing.line import HOUR, MINUTE, NOW, SECOND, Line, right


def test_set_back_by_hours_on_the_way_before_what_was_stamped_before_it() -> None:
    """Its newest numbers come first, and it has not heard by how much it is off."""
    line = Line()
    line.take({1: NOW - 2 * HOUR}, NOW - MINUTE, received=NOW - MINUTE)
    line.take({4: NOW - 5 * HOUR - 2_000, 5: NOW - 5 * HOUR - 1_000}, NOW - 5 * HOUR)
    line.take({2: NOW - HOUR, 3: NOW - MINUTE}, NOW - 5 * HOUR + 500, received=NOW + 500)
    assert line.of(2, 3, 5) == [right(-HOUR), right(-MINUTE), (-1_000, "by_learned_offset")]


def test_a_right_clock_that_looked_set_back_is_right_again() -> None:
    """What is without a clock lies where it came, so what waited behind it looks hours older."""
    line = Line()
    line.take({1: None})
    line.take({2: NOW - 5 * HOUR}, NOW - 5 * HOUR)
    line.take({3: NOW - 4 * HOUR}, NOW - 4 * HOUR, received=NOW + 3_000)
    line.take({4: NOW + HOUR}, NOW + HOUR, received=NOW + 6 * HOUR)
    line.take({5: NOW + 2 * HOUR}, NOW + 2 * HOUR, received=NOW + 8 * HOUR)
    assert line.of(2, 3) == [(0, "by_learned_offset"), (3_000, "by_learned_offset")]
    assert line.of(4, 5) == [right(HOUR), right(2 * HOUR)]


def test_a_clock_that_was_set_back_is_known_once_a_minute_has_shown_it() -> None:
    line = Line()
    line.take({1: NOW}, NOW)
    for second, seq in ((10, 2), (40, 3), (75, 4)):
        at = NOW + second * SECOND
        line.take({seq: at - 5 * HOUR}, at - 5 * HOUR, received=at)
    line.take({5: NOW + HOUR}, NOW + HOUR, received=NOW + 9 * HOUR)
    assert line.of(2, 3, 4, 5) == [(at, "by_learned_offset") for at in (10_000, 40_000, 75_000, 6 * HOUR)]


def test_a_clock_that_was_set_back_and_is_seldom_heard() -> None:
    line = Line()
    line.take({1: NOW}, NOW)
    for hours, seq in ((1, 2), (7, 3), (13, 4)):
        at = NOW + hours * HOUR
        line.take({seq: at - 5 * HOUR}, at - 5 * HOUR, received=at + 500)
    assert line.of(2, 3, 4) == [(hours * HOUR + 500, "by_learned_offset") for hours in (1, 7, 13)]


def test_a_doubt_outlasts_what_does_not_say_when_it_was_sent() -> None:
    line = Line()
    line.take({1: NOW}, NOW)
    at = NOW + HOUR
    line.take({2: at - 5 * HOUR}, at - 5 * HOUR, received=at)
    doubted = line.clock.doubted
    assert doubted == (5 * HOUR, at)
    for seq in (3, 4):
        at += 10 * MINUTE
        line.take({seq: at - MINUTE}, received=at)
        assert line.clock.doubted == doubted
    at += 10 * MINUTE
    line.take({5: at - 5 * HOUR}, at - 5 * HOUR, received=at)
    assert line.of(5) == [(at - NOW, "by_learned_offset")]
