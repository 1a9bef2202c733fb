"""What a device says of its own clock: as much as the last receipt proves, of the clock it proved it of."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import SET_MS, SLEEP_MAX_MS, Clocks, Offset
from linli.batch import decode_batch
from linli.events import encode
from linli.messages import Receipt
from tests.unit.edge.world import WALL, World

HOUR = 3_600_000
AHEADS = (SET_MS, SLEEP_MAX_MS)
"""Of a machine whose steady clock counts sleep, and of one whose stands still meanwhile."""


def test_before_the_first_receipt_nothing_is_known():
    assert Offset().ms(0, WALL) is None


@given(
    off=st.integers(-50 * 365 * 24 * HOUR, 50 * 365 * 24 * HOUR),
    waits=st.lists(st.integers(0, HOUR), max_size=5),
    slewed=st.integers(-SET_MS, SET_MS),
)
def test_what_was_learned_holds_as_long_as_the_clock_goes_on(off, waits, slewed):
    offset = Offset()
    offset.learn(WALL + off, 1_000, WALL)
    assert offset.ms(1_000 + sum(waits), WALL + sum(waits) + slewed) == off


@given(jump=st.integers(SET_MS + 1, HOUR) | st.integers(-HOUR, -SET_MS - 1), wait=st.integers(0, HOUR))
def test_what_was_learned_of_a_clock_is_not_said_of_the_one_it_was_set_to(jump, wait):
    offset = Offset()
    offset.learn(WALL + HOUR, 0, WALL)
    assert offset.ms(wait, WALL + wait + jump) is None
    offset.learn(WALL + HOUR + wait, wait, WALL + wait + jump)
    assert offset.ms(wait, WALL + wait + jump) == HOUR - jump


def test_a_server_that_is_out_of_its_mind_is_not_quoted():
    offset = Offset()
    offset.learn(1 << 60, 0, WALL)
    assert offset.ms(0, WALL) is None


def test_a_batch_says_by_how_much_the_clock_is_off_until_the_clock_is_set(tmp_path):
    world = World(tmp_path / "outbox.db")

    def said(wall):
        world.readings(20)
        world.courier.step(400, wall)
        return decode_batch(world.sent[-1][1]).offset_ms

    try:
        assert said(WALL) is None
        for at, batch in enumerate((20, 40, 60), 1):
            receipt = Receipt(epoch=world.outbox.epoch, through=batch, now=WALL + HOUR + at)
            world.courier.receipt(encode(receipt), 400, WALL)
            assert said(WALL) == HOUR + at, "the last receipt's"
        assert said(WALL + HOUR) is None, "the network has put it right"
        assert said(-5) is None, "and one that says no time says nothing of it"
    finally:
        world.outbox.close()


def test_what_an_old_clock_stamped_goes_apart_and_is_sent_by_that_clock(tmp_path):
    """Hours in 1970 without a network, which then puts the clock right."""
    world = World(tmp_path / "outbox.db")
    began, lane = 50_000, world.courier.events
    try:
        world.readings(30)
        lane.clocks.watch(0, began, world.outbox.given)
        lane.clocks.watch(HOUR, began + HOUR, world.outbox.given)
        world.readings(30)
        for wall in (WALL, WALL + 400, WALL + 800):
            world.courier.watch(2 * HOUR + wall - WALL, wall)
            world.courier.step(2 * HOUR + wall - WALL, wall)
        sent = [decode_batch(payload) for _, payload in world.sent]
        assert [len(batch.events) for batch in sent] == [20, 20, 20]
        assert {batch.sent for batch in sent} == {began + 2 * HOUR}, "what the old one would show"
        world.readings(20)
        world.courier.receipt(
            encode(Receipt(epoch=world.outbox.epoch, through=20, now=WALL + 900)), 2 * HOUR + 900, WALL + 900
        )
        world.courier.step(2 * HOUR + 900, WALL + 900)
        new = [decode_batch(payload) for _, payload in world.sent[3:]]
        assert [(batch.sent, batch.offset_ms) for batch in new] == [(WALL + 900, 0)]
    finally:
        world.outbox.close()


def test_a_clock_that_was_hours_behind_and_is_put_right_sends_what_it_stamped_by_itself(tmp_path):
    """Hours without a network; the receipts of the new clock say nothing of the old one's stamps."""
    world = World(tmp_path / "outbox.db")
    behind, lane = WALL - 5 * HOUR, world.courier.events
    lane.clocks = Clocks(SET_MS)
    try:
        world.courier.watch(0, behind)
        world.readings(10)
        world.courier.watch(HOUR, WALL + HOUR)
        receipt = Receipt(epoch=world.outbox.epoch, through=0, now=WALL + HOUR)
        world.courier.receipt(encode(receipt), HOUR, WALL + HOUR)
        world.courier.step(HOUR, WALL + HOUR)
        world.courier.step(HOUR + 400, WALL + HOUR + 400)
        [batch] = [decode_batch(payload) for _, payload in world.sent]
        assert (batch.sent, batch.offset_ms) == (behind + HOUR + 400, 5 * HOUR)
        assert lane.clocks.behind(11) == 0
    finally:
        world.outbox.close()


def behind_after(jump, ahead, given):
    """By how much the clock that stamped each number is behind, once the wall clock jumped ahead."""
    clocks = Clocks(ahead)
    clocks.watch(0, WALL, given)
    clocks.watch(HOUR, WALL + HOUR + jump, given)
    return [clocks.behind(seq) for seq in range(12)]


@pytest.mark.parametrize("ahead", AHEADS)
@given(data=st.data(), given=st.integers(0, 9))
def test_a_steady_clock_that_slept_as_long_as_it_may_makes_no_other_clock(ahead, data, given):
    jump = data.draw(st.integers(-SET_MS, ahead))
    assert set(behind_after(jump, ahead, given)) == {0}


@pytest.mark.parametrize("ahead", AHEADS)
@given(data=st.data(), given=st.integers(0, 9))
def test_a_wall_clock_that_jumps_further_was_set(ahead, data, given):
    jump = data.draw(st.integers(ahead + 1, 2 * SLEEP_MAX_MS) | st.integers(-HOUR, -SET_MS - 1))
    assert behind_after(jump, ahead, given) == [jump] * (given + 1) + [0] * (11 - given)


def test_a_clock_that_was_set_twice_is_three():
    clocks = Clocks()
    for now, wall, stamped in ((0, 5_000, 2), (HOUR, WALL + HOUR, 4), (HOUR + 1, WALL - HOUR, 6)):
        clocks.watch(now, wall, stamped)
    assert [clocks.behind(seq) for seq in (4, 5, 6, 7)] == [
        WALL - 2 * HOUR - 5_001,
        -2 * HOUR - 1,
        -2 * HOUR - 1,
        0,
    ]
    clocks.settled(5)
    assert clocks.behind(4) == -2 * HOUR - 1


def test_a_question_says_what_is_known_by_then_and_not_what_was_known_when_it_was_first_sent(tmp_path):
    world = World(tmp_path / "outbox.db")
    try:
        world.readings(40)
        world.step()
        receipt = Receipt(epoch=world.outbox.epoch, through=20, now=WALL - HOUR)
        world.courier.receipt(encode(receipt), 0, WALL)
        rng = random.Random(1)
        while world.courier.questions == 0:
            world.step(rng.randrange(5_000, 20_000))
        assert decode_batch(world.sent[-1][1]).offset_ms == -HOUR
    finally:
        world.outbox.close()
