import random

import pytest

from edge.window import (
    ANSWER_GRACE_MS,
    ASK_AFTER_MS,
    ASK_AT_MOST_EVERY_MS,
    HOLD_MS,
    JITTER,
    SOON_MS,
    Window,
)

LATEST = round(ASK_AFTER_MS * (1 + JITTER)) + 1
EARLIEST = round(ASK_AFTER_MS * (1 - JITTER)) - 1


@pytest.fixture
def window():
    return Window(8, random.Random(4))


def send(window, *batches, at=0):
    parcels = [window.sent(set(batch), at) for batch in batches]
    for parcel in parcels:
        parcel.at_broker = True
    return parcels


def again(window):
    found = []
    while (lost := window.next_lost()) is not None:
        found.append(lost)
    return found


def test_at_most_so_many_are_out(window):
    send(window, *[{n} for n in range(8)])
    assert not window.has_room
    window.settled({3}, 10)
    assert window.has_room


def test_nobody_is_asked_before_the_oldest_has_waited(window):
    send(window, {1}, {2})
    assert window.question(EARLIEST) is None
    assert window.question(LATEST) is not None


def test_only_the_oldest_is_asked_ever_more_rarely(window):
    send(window, *[{n} for n in range(1, 9)])
    asked_at, now = [], 0
    while now < 6 * 3_600_000:
        if (parcel := window.question(now)) is not None:
            assert parcel.numbers == {1}
            window.asked(parcel, now)
            asked_at.append(now)
        now += 100
    gaps = [after - before for before, after in zip([0, *asked_at], asked_at, strict=False)]
    for at, gap in enumerate(gaps):
        base = min(ASK_AFTER_MS * 2**at, ASK_AT_MOST_EVERY_MS)
        assert base * (1 - JITTER) <= gap <= base * (1 + JITTER) + 100
    assert len(set(gaps[6:])) > 3  # jitter: devices that began alike do not stay alike
    assert not again(window)
    assert len(window) == 8


def test_what_was_sent_before_the_settled_one_was_passed_over(window):
    send(window, {1}, {2}, {3}, {4})
    window.settled({3}, 100)
    assert again(window) == [{1}, {2}]
    assert len(window) == 1


def test_an_answered_question_shows_after_a_moment_what_else_is_missing(window):
    send(window, {1}, {2}, {3}, {4})
    question = window.question(LATEST)
    window.asked(question, LATEST)
    late = window.sent({5}, LATEST + 1)
    late.at_broker = True
    answered = LATEST + 50
    window.settled({1}, answered)
    assert again(window) == []  # the queue behind the question's first copy may be coming in
    assert window.question(answered + ANSWER_GRACE_MS - 1) is None
    assert window.question(answered + ANSWER_GRACE_MS) is None
    assert again(window) == [{2}, {3}, {4}]
    assert len(window) == 1  # what was sent after the question may still be on its way


def test_when_ingest_is_back_and_works_through_the_queue_nothing_is_sent_twice(window):
    send(window, *[{n} for n in range(1, 9)])
    window.asked(window.question(LATEST), LATEST)
    now = LATEST
    for number in range(1, 9):
        now += ANSWER_GRACE_MS - 10
        window.settled({number}, now)
        assert window.question(now) is None
        assert again(window) == []
    assert len(window) == 0


def test_a_receipt_that_settles_something_sets_the_waits_back(window):
    send(window, {1}, {2})
    now = LATEST
    for _ in range(6):
        now += ASK_AT_MOST_EVERY_MS * 2
        window.asked(window.question(now), now)
    window.settled({1}, now)
    assert window.question(now + ANSWER_GRACE_MS) is None
    assert again(window) == [{2}]
    send(window, {2}, at=now)
    assert window.question(now + LATEST) is not None


def test_what_the_broker_never_took_goes_again_on_the_next_connection(window):
    parcels = send(window, {1}, {2}, {3})
    parcels[1].at_broker = False
    window.disconnected()
    assert again(window) == [{2}]


def test_after_a_reconnect_the_oldest_is_asked_soon_but_not_at_every_one(window):
    send(window, {1}, {2})
    window.connected(1_000)
    assert window.question(1_000 + SOON_MS - 1) is None
    question = window.question(1_000 + 2 * SOON_MS)
    assert question is not None
    window.asked(question, 6_000)
    for now in range(7_000, 6_000 + ASK_AFTER_MS - 1, 1_000):
        window.connected(now)
        assert window.question(now) is None


def test_in_a_hurry_seconds_are_waited_and_then_doubled(window):
    send(window, {1})
    asked_at = []
    for now in range(0, 15_000, 100):
        window.hurry()
        if (parcel := window.question(now)) is not None:
            window.asked(parcel, now)
            asked_at.append(now)
    assert asked_at == [2_000, 6_000, 14_000]


def test_a_batch_settled_in_part_is_asked_for_the_rest(window):
    send(window, {1, 2, 3})
    window.settled({1, 3}, 5)
    question = window.question(LATEST + 5)
    assert question is not None
    assert question.numbers == {2}


def test_what_the_outbox_gave_up_leaves_the_window(window):
    send(window, {1})
    window.gone(window.question(LATEST))
    assert len(window) == 0


def test_after_a_new_connection_nothing_overtakes_what_the_broker_may_have_lost(window):
    send(window, {1}, {2}, {3})
    window.disconnected()
    window.connected(1_000)
    assert window.holding(1_000)
    asked_at = 1_000 + 2 * SOON_MS
    asked = window.question(asked_at)
    assert asked is not None
    assert asked.numbers == {1}
    window.asked(asked, asked_at)
    assert window.holding(asked_at)
    window.settled({1}, asked_at + 10)  # it answers for the first alone: the others are in the grace
    assert window.holding(asked_at + 10)
    later = asked_at + 10 + ANSWER_GRACE_MS
    assert not window.holding(later)
    assert again(window) == [{2}, {3}]


def test_it_does_not_hold_for_ever_and_not_when_all_is_settled(window):
    send(window, {1}, {2})
    window.disconnected()
    window.connected(0)
    assert window.holding(HOLD_MS - 1)
    assert not window.holding(HOLD_MS)
    window.connected(HOLD_MS)
    window.settled({1, 2}, HOLD_MS + 1)
    assert not window.holding(HOLD_MS + 1)
    window.connected(HOLD_MS + 2)
    assert not window.holding(HOLD_MS + 2)
