import random

import pytest

from edge.window import (
    ANSWER_GRACE_MS,
    ASK_AFTER_MS,
    ASK_AT_MOST_EVERY_MS,
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
    window.hurry()
    asked_at = []
    for now in range(0, 17_000, 100):
        if (parcel := window.question(now)) is not None:
            window.asked(parcel, now)
            asked_at.append(now)
    gaps = [after - before for before, after in zip([0, *asked_at], asked_at, strict=False)]
    for at, gap in enumerate(gaps):
        base = SOON_MS << at
        assert base * (1 - JITTER) <= gap <= base * (1 + JITTER) + 100
    assert len(gaps) >= 3


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


def test_a_new_connection_begins_with_one_parcel_and_each_that_is_settled_lets_one_more_out():
    window = Window(6, random.Random(4))
    window.connected(0)
    number, out = 0, []
    for _ in range(4):
        went = []
        while window.has_room:
            number += 1
            send(window, {number})
            went.append(number)
        out.append(len(went))
        window.settled(set(went), 1)
    assert out == [1, 2, 4, 6]


def test_a_question_narrows_it_to_one_again():
    window = Window(6, random.Random(4))
    send(window, {1})
    question = window.question(LATEST)
    assert question is not None
    window.asked(question, LATEST)
    assert not window.has_room
    window.settled({1}, LATEST)
    window.question(LATEST + ANSWER_GRACE_MS)
    send(window, {2})
    assert window.has_room


def test_what_a_connection_left_behind_goes_again_one_by_one(window):
    for parcel in send(window, {1}, {2}, {3}):
        parcel.at_broker = False
    window.disconnected()
    window.connected(0)
    assert window.next_lost() == {1}
    send(window, {1})
    assert window.next_lost() is None
    window.settled({1}, 5)
    assert window.next_lost() == {2}


def test_what_the_old_connection_delivered_does_not_stand_in_the_way(window):
    send(window, {1}, {2}, {3})
    window.disconnected()
    window.connected(0)
    assert window.has_room


def test_a_receipt_that_is_cut_short_proves_nothing_of_what_it_could_not_tell(window):
    send(window, {500}, {1}, {2})
    window.settled({2}, 5, told_to=130)
    assert again(window) == [{1}]
    assert len(window) == 1  # 500 may well be settled
    window.settled(set(), 6)


def test_the_lowest_number_is_asked_for_no_receipt_can_leave_it_out(window):
    send(window, {500}, {1})
    question = window.question(LATEST)
    assert question is not None
    assert question.numbers == {1}


def test_what_cannot_wait_is_recalled(window):
    send(window, {4}, {2})
    window.recall()
    assert again(window) == [{2}, {4}]
