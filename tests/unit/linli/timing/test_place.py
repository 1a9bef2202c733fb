"""One batch after another of a device whose clock is this or that: where its events land, and by which
reason.
"""

from linli.events import Telemetry
from linli.seqs import SeqSet
from linli.timing.clock import AGE_MAX_MS, remembering
from linli.timing.place import place
from linli.timing.reasons import PlacedBy
from tests.unit.linli.timing.line import DAY, HOUR, MINUTE, NOW, SECOND, Line, numbered, right

YEARS_10 = 3_653 * DAY


def test_a_right_clock_is_believed_however_long_it_waited() -> None:
    line = Line()
    line.take({1: NOW - 5_000, 2: NOW - 4_000}, NOW)
    calm = line.take({3: NOW - 3_000, 4: NOW - 3_000}, NOW)
    assert calm.reasons is None, "the short way"
    line.take({5: NOW + DAY}, NOW + DAY + 1, received=NOW + 3 * DAY)
    line.take({6: NOW + 4 * DAY}, received=NOW + 4 * DAY)  # it does not say when it sent
    assert line.of(*range(1, 7)) == [right(at) for at in (-5_000, -4_000, -3_000, -3_000, DAY, 4 * DAY)]


def test_a_little_ahead_is_right_and_not_in_the_future() -> None:
    line = Line()
    line.take({1: NOW + 4_000, 2: NOW + 5_000}, NOW + 6_000, -6_000)
    assert line.of(1, 2) == [right(0), right(0)]


def test_what_the_device_states_places_whenever_it_comes() -> None:
    for wait in (0, 5 * HOUR, 5 * DAY):
        line = Line()
        line.take({1: NOW + 5 * HOUR - 3_000}, NOW + 5 * HOUR, -5 * HOUR, NOW + wait)
        assert line.of(1) == [(-3_000, "by_offset")]


def test_a_clock_that_is_ahead_shows_itself_and_is_learned() -> None:
    line = Line()
    line.take({1: NOW + 5 * HOUR - 3_000}, NOW + 5 * HOUR)
    line.take({2: NOW + 6 * HOUR}, NOW + 6 * HOUR, received=NOW + 3 * HOUR)  # two hours on its way
    assert line.of(1, 2) == [(-3_000, "by_learned_offset"), (HOUR, "by_learned_offset")]


def test_1970_is_learned_at_once_since_nothing_waits_for_years() -> None:
    line = Line()
    line.take({1: 5_000}, 9_000)
    line.take({2: HOUR}, HOUR + 2_000, received=NOW + 2 * HOUR)
    assert line.of(1, 2) == [(-4_000, "by_learned_offset"), (2 * HOUR - 2_000, "by_learned_offset")]


def test_1970_again_after_a_restart_is_another_clock() -> None:
    line = Line()
    line.take({1: 10_000}, 10_000)
    line.take({2: 4_000}, 5_000, received=NOW + 8 * HOUR)
    line.take({3: 14_000}, 15_000, received=NOW + 8 * HOUR + 10_000)
    assert [at for at, _ in line.of(1, 2, 3)] == [0, 8 * HOUR - 1_000, 8 * HOUR + 9_000]


def test_behind_is_learned_when_it_stays_so_and_not_of_a_queue_that_drains() -> None:
    behind, drained = Line(), Line()
    for n in range(20):
        at = NOW + n * 10_000
        behind.take({n + 1: at - HOUR}, at - HOUR, received=at)
        drained.take({n + 1: at - HOUR}, at - HOUR, received=NOW + n * 5_000)
    assert behind.placed[1] == right(-HOUR), "nobody can know at first"
    assert behind.placed[20] == (190_000, "by_learned_offset")
    assert drained.placed[20] == right(190_000 - HOUR)


def test_a_board_that_began_in_1970_and_is_put_right_before_it_sends() -> None:
    line = Line()
    line.take({1: 1_000, 2: 31_000, 3: 61_000, 4: NOW - 9_000, 5: NOW - 1_000}, NOW)
    assert line.of(1, 2, 3) == [(at, "absurd_by_order") for at in (-69_000, -39_000, -9_000)]
    assert line.of(4, 5) == [right(-9_000), right(-1_000)]


def test_absurd_stamps_with_nothing_after_them_end_when_they_were_sent() -> None:
    line = Line()
    line.take({1: 1_000, 2: 31_000}, NOW - HOUR, 0)  # an hour on its way
    assert line.of(1, 2) == [(at - HOUR, "absurd_by_sending") for at in (-30_000, 0)]
    line.take({3: NOW + YEARS_10}, NOW, 0)
    assert line.of(3) == [(0, "absurd_by_sending")]


def test_what_an_earlier_clock_stamped_is_placed_by_the_offset_that_it_had() -> None:
    line = Line()
    line.take({1: NOW + 5 * HOUR}, NOW + 5 * HOUR, -5 * HOUR)
    line.take({2: NOW + 5 * HOUR + 10_000, 3: NOW + 5 * HOUR + 20_000, 4: NOW + 30_000}, NOW + 31_000,
              received=NOW + 32_000)  # fmt: skip
    assert line.of(1, 2, 3) == [(at, "by_offset") for at in (0, 10_000, 20_000)]
    assert line.of(4) == [right(30_000)]


def test_hours_ahead_until_it_is_put_right_though_it_all_waited() -> None:
    """Ahead by an hour, kept for two: the stamps alone would pass. The order of the numbers tells."""
    line = Line()
    line.take(numbered(1, [NOW - minutes * MINUTE for minutes in (40, 39, 90, 89, 1)]), NOW)
    assert line.of(1, 2) == [(at * MINUTE, "by_order") for at in (-91, -90)]
    assert line.of(3, 4, 5) == [right(at * MINUTE) for at in (-90, -89, -1)]


def test_a_guess_is_no_clock_that_sends() -> None:
    line = Line()
    line.take({1: NOW - 20 * MINUTE, 2: NOW - 30 * MINUTE, 3: NOW}, NOW, 0)
    line.take({4: NOW + MINUTE, 5: NOW - 5 * MINUTE}, NOW + 2 * MINUTE, 0, received=NOW + 2 * MINUTE)
    line.take({6: NOW - 4 * MINUTE}, NOW - 4 * MINUTE, received=NOW + 3 * HOUR)
    assert line.of(6) == [(line.placed[5][0], "by_order")]


def test_guesses_are_forgotten_before_a_clock_that_is_known() -> None:
    guesses = [(at, PlacedBy.ORDER) for at in (HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR)]
    earlier: tuple[tuple[int, PlacedBy], ...] = ((0, PlacedBy.DEVICE_CLOCK),)
    for each in guesses:
        earlier = remembering(earlier, each)
    assert earlier == (*reversed(guesses[2:]), (0, PlacedBy.DEVICE_CLOCK))


def test_a_single_stamp_against_the_order_moves_alone() -> None:
    line = Line()
    line.take({1: NOW - 3_000, 2: NOW - DAY, 3: NOW - 1_000}, NOW)
    assert line.of(1, 2, 3) == [right(-3_000), (-3_000, "by_order"), right(-1_000)]


def test_what_fills_a_gap_lies_between_its_neighbours() -> None:
    line = Line()
    line.take({1: NOW - 60_000}, NOW)
    line.take({4: NOW - 30_000}, NOW)
    line.take({2: 5_000, 3: 9_000}, NOW)
    assert line.of(2, 3) == [(-34_000, "absurd_by_order"), (-30_000, "absurd_by_order")]


def test_a_refused_number_is_no_gap() -> None:
    line = Line()
    line.take({1: NOW - 2_000}, NOW)
    line.settled.add(2)
    line.take({3: NOW - 1_000}, NOW)
    assert line.take({4: NOW}, NOW).reasons is None, "calm"
    assert line.clock.runs == ((1, NOW - 2_000, 4, NOW),)


def test_without_a_clock_age_tells() -> None:
    line = Line()
    line.take({1: None, 2: None}, ages={1: 7_000, 2: 1_000})
    line.take({3: None}, sent=NOW + 5 * HOUR, offset=-5 * HOUR, received=NOW + HOUR, ages={3: 500})
    assert line.of(1, 2, 3) == [(-7_000, "by_age"), (-1_000, "by_age"), (-500, "by_age")]


def test_a_clock_that_drifts_jumps_nowhere_but_where_it_begins_to_matter() -> None:
    line, fast = Line(), 50  # ms a second
    for second in range(0, 3_600, 10):
        at, drifted = NOW + second * SECOND, second * fast
        line.take({second // 10 + 1: at + drifted}, at + drifted, -drifted, at)
    off = [abs(line.placed[second // 10 + 1][0] - second * SECOND) for second in range(0, 3_600, 10)]
    assert max(off) <= 10_000
    assert max(off[100:]) == 0


def test_a_clock_of_ours_that_was_put_back_binds_nobody() -> None:
    line = Line()
    line.take({1: NOW}, NOW)
    clock = line.clock
    found = place([Telemetry(seq=2, ts=NOW - HOUR, fill_pct=1.0)], NOW - HOUR, None, NOW - HOUR, clock,
                  SeqSet([(1, 1)]))  # fmt: skip
    assert found.times == [NOW - HOUR]


def test_nothing_lies_in_the_future_nor_before_what_can_wait() -> None:
    for off in (-YEARS_10, -2 * DAY, -9_000, 0, 9_000, 2 * DAY, YEARS_10):
        for stated in (None, off, -off):
            for sent in (None, NOW - off):
                line = Line()
                line.take({1: NOW - off - 500, 2: NOW - off, 3: 0, 4: NOW + DAY, 5: None}, sent, stated)
                assert all(-AGE_MAX_MS <= at <= 0 for at, _ in line.placed.values())
