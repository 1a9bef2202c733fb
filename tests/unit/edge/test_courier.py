"""Batches, windows, questions and receipts of a courier."""

import msgspec
import pytest

from edge.eventlane import BACKLOG_OUT, BATCH_BYTES, LINGER_MS
from edge.photolane import PHOTOS_OUT
from edge.window import ANSWER_GRACE_MS, ASK_AFTER_MS
from linli.batch import decode_batch
from linli.events import Deposit, Fault, encode
from linli.messages import Receipt
from linli.topics import Channel
from tests.unit.edge.world import DAY_MS, WALL, World


def test_events_wait_a_moment_for_company(world):
    world.readings(1)
    world.step()
    world.readings(1)
    world.step(LINGER_MS - 1)
    assert world.sent == []
    world.step(1)
    assert world.batches() == [[1, 2]]


def test_twenty_do_not_wait(world):
    world.readings(45)
    world.step()
    assert world.batches() == [list(range(1, 21)), list(range(21, 41))]
    world.step(LINGER_MS)
    assert world.batches()[2:] == [[41, 42, 43, 44, 45]]


def test_a_batch_says_what_it_must(world):
    world.readings(20)
    world.step()
    batch = decode_batch(world.sent[0][1])
    assert (batch.epoch, batch.first, batch.sent) == (world.outbox.epoch, 1, WALL)
    assert batch.refused == []


def test_only_a_receipt_deletes(world):
    world.readings(20)
    world.step()
    world.puback()
    assert world.outbox.held == 20
    world.deliver()
    assert world.outbox.empty


def test_no_more_than_the_window_is_out_without_receipt(world):
    world.readings(20 * BACKLOG_OUT + 60)
    world.step(LINGER_MS)
    world.puback()
    for _ in range(20):
        world.step(1_000)
    assert len(world.sent) == BACKLOG_OUT
    world.deliver()
    for _ in range(3):
        world.step(LINGER_MS)
    world.deliver()
    assert world.outbox.empty
    assert len(world.batches()) == BACKLOG_OUT + 3


def test_a_day_without_ingest_sends_few_copies_of_one_batch(world):
    world.readings(20 * BACKLOG_OUT + 200)
    world.step(LINGER_MS)
    for _ in range(DAY_MS // 10_000):
        world.puback()
        world.step(10_000)
    copies = len(world.sent) - BACKLOG_OUT
    assert 100 < copies < 190
    assert all(batch == world.batches()[0] for batch in world.batches()[BACKLOG_OUT:])
    world.deliver()
    for _ in range(20):
        world.step(LINGER_MS)
        world.deliver()
    assert world.outbox.empty
    assert sum(count - 1 for count in world.ledger.copies.values()) == 20 * copies


def test_the_answer_to_a_question_brings_what_is_missing_and_only_that(world):
    world.readings(20 * 6)
    world.step()
    world.deliver(lose={0, 2, 3, 4, 5})  # the second is the only one that came, and its receipt comes too
    world.step(1)
    assert world.batches()[6:] == [list(range(1, 21))]  # passed over by the second
    world.wire.clear()  # and lost again
    world.step(ASK_AFTER_MS * 2)
    world.deliver()
    for _ in range(10):
        world.step(ANSWER_GRACE_MS)
        world.deliver()
    assert world.outbox.empty
    copies = {seq: count for (_, seq), count in world.ledger.copies.items()}
    assert set(copies) == set(range(1, 121))
    assert max(copies.values()) <= 2


def test_lost_receipts_cost_one_question(world):
    world.readings(20 * 4)
    world.step()
    world.deliver(receipts=False)
    for _ in range(40):
        world.step(1_000)
        world.deliver()
    assert world.outbox.empty
    assert len(world.batches()) == 5


def test_a_connection_that_breaks_loses_nothing(world):
    world.readings(40)
    world.step()
    world.courier.taken(1)
    world.wire.clear()
    world.courier.disconnected()
    world.up = False
    world.readings(20)
    world.step(60_000)
    assert len(world.sent) == 2
    world.up = True
    world.courier.connected(world.now)
    world.step()
    assert world.batches()[2:] == [list(range(21, 41))]  # the broker never took it; of the other it may know
    world.deliver()
    for _ in range(10):
        world.step(1_000)
        world.deliver()
    assert world.outbox.empty
    assert {number for number, copies in world.ledger.copies.items() if copies > 1} == set()


def test_a_restart_sends_all_that_has_no_receipt(world, tmp_path):
    world.readings(50)
    world.step(LINGER_MS)
    world.step(LINGER_MS)
    world.deliver(receipts=False)
    world.outbox.close()
    after = World(tmp_path / "x.outbox")
    after.ledger = world.ledger
    after.step()
    after.step(LINGER_MS)
    after.deliver()
    assert after.outbox.empty
    assert after.outbox.given == 50
    after.readings(1)
    after.step()
    after.step(LINGER_MS)
    assert after.batches()[-1] == [51]
    after.outbox.close()


def test_photos_go_one_by_one_in_a_window_and_by_their_own_receipts(world):
    for at in range(PHOTOS_OUT + 2):
        event = Deposit(seq=1, ts=WALL, compartment="k", unsure="bag", photo_sha256="0" * 64)
        world.outbox.append(event, b"\xff\xd8\xff%d" % at)
    world.step(LINGER_MS)
    photos = [payload for channel, payload in world.sent if channel is Channel.PHOTOS]
    assert len(photos) == PHOTOS_OUT
    for _ in range(3):
        world.deliver()
        world.step(LINGER_MS)
    assert world.outbox.empty
    assert len(world.ledger.photos) == PHOTOS_OUT + 2


def test_a_lost_photo_is_sent_again(world):
    event = Deposit(seq=1, ts=WALL, compartment="k", unsure="bag", photo_sha256="0" * 64)
    world.outbox.append(event, b"\xff\xd8\xff one")
    world.step(LINGER_MS)
    world.step(LINGER_MS)
    world.deliver(lose={0, 1})
    for _ in range(45):
        world.step(1_000)
    world.deliver()
    assert world.outbox.empty


def test_large_events_make_smaller_batches(world):
    ext = {"note": msgspec.Raw(b'"' + b"x" * 2_030 + b'"')}
    largest = Fault(seq=1, ts=WALL, code="c" * 64, compartment="k" * 64, detail="\N{FIRE}" * 200, ext=ext)
    events = [largest] * 60
    assert 20 * len(encode(largest)) > BATCH_BYTES
    world.outbox.append_all(events)
    world.step()
    world.step(LINGER_MS)
    world.deliver()
    world.step(LINGER_MS)
    world.deliver()
    assert world.outbox.empty
    assert world.outbox.replaced == 0
    assert 3 < len(world.batches()) <= 5


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"epoch":1}',
        b'{"epoch":"aaaaaaaa","through":1e400,"now":1}',
        b"[" * 100_000,
        b"x" * 70_000,
    ],
)
def test_a_receipt_that_is_none_is_counted_and_deletes_nothing(world, payload):
    world.readings(20)
    world.step()
    world.courier.receipt(payload, 0, WALL)
    assert world.courier.malformed == 1
    assert world.outbox.held == 20


def test_a_receipt_of_another_life_is_counted_and_deletes_nothing(world):
    world.readings(20)
    world.step()
    foreign = Receipt(epoch="otherlife", through=20, now=WALL)
    world.courier.receipt(encode(foreign), 0, WALL)
    assert (world.courier.foreign, world.outbox.held) == (1, 20)


def test_a_receipt_tells_how_far_the_clock_is_off(world):
    world.readings(20)
    world.step()
    receipt = Receipt(epoch=world.outbox.epoch, through=20, now=WALL + 5_000)
    world.courier.receipt(encode(receipt), 0, WALL)
    assert world.courier.offset.ms(0, WALL) == 5_000
