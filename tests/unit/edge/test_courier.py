"""The courier against a broker and an ingest made of lists, by a clock that only we move."""

import random

import msgspec
import pytest

from edge.admission import Rank, rank_of
from edge.courier import Courier
from edge.eventlane import BACKLOG_OUT, BATCH_BYTES, LINGER_MS
from edge.lane import SPREAD_MS
from edge.outboxfile import MAX_BYTES, open_outbox
from edge.photolane import PHOTOS_OUT
from edge.window import ANSWER_GRACE_MS, ASK_AFTER_MS
from linli.batch import decode_batch
from linli.decoding import MESSAGE_MAX_BYTES
from linli.events import Deposit, Fault, Telemetry, encode
from linli.messages import Receipt
from linli.topics import Channel
from tests.unit.edge.receiver import Ledger

WALL = 1_764_032_400_000
DAY_MS = 86_400_000


class World:
    """A courier, its connection and who listens. What is sent lies in `wire` until `deliver`."""

    def __init__(self, path, max_bytes=MAX_BYTES):
        self.outbox = open_outbox(path, max_bytes)
        self.courier = Courier(self.outbox, self.send, random.Random(7))
        self.ledger = Ledger()
        self.wire: list[tuple[Channel, bytes]] = []
        self.sent: list[tuple[Channel, bytes]] = []
        self.up = True
        self.now = 0
        self.numbers = 0

    def send(self, channel, payload):
        assert len(payload) <= MESSAGE_MAX_BYTES
        if not self.up:
            return None
        self.numbers += 1
        self.wire.append((channel, payload))
        self.sent.append((channel, payload))
        return self.numbers

    def step(self, ms=0):
        self.now += ms
        self.courier.step(self.now, WALL + self.now)

    def puback(self):
        for number in range(1, self.numbers + 1):
            self.courier.taken(number)

    def deliver(self, *, receipts=True, lose=()):
        self.puback()
        came, self.wire = self.wire, []
        for at, (channel, payload) in enumerate(came):
            if at in lose:
                continue
            take = self.ledger.events_came if channel is Channel.EVENTS else self.ledger.photo_came
            receipt = take(payload, WALL + self.now)
            if receipts:
                self.courier.receipt(encode(receipt), self.now, WALL + self.now)

    def readings(self, n):
        self.outbox.append_all([Telemetry(seq=1, ts=WALL, fill_pct=5.0)] * n)

    def batches(self):
        return [
            [event.seq for event in decode_batch(payload).events]
            for channel, payload in self.sent
            if channel is Channel.EVENTS
        ]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "x.outbox")
    yield made
    made.outbox.close()


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


def fault(code="scale"):
    return Fault(seq=1, ts=WALL, code=code)


def test_a_fire_does_not_queue_behind_the_backlog(world):
    world.readings(300)
    world.outbox.append(Telemetry(seq=1, ts=WALL, temperature_c=85.0))
    world.readings(200)
    world.outbox.append(fault())
    world.readings(100)
    world.courier.connected(world.now)
    world.step()
    assert world.batches() == [[301, 502]]
    for _ in range(30):
        world.deliver()
        world.step(1_000)
    assert world.outbox.empty
    assert set(world.ledger.copies.values()) == {1}
    assert [batch[0] for batch in world.batches()[1:]] == sorted(batch[0] for batch in world.batches()[1:])


def test_a_fire_goes_at_once_and_with_what_was_before_it_when_that_fits(world):
    world.readings(3)
    world.outbox.append(Telemetry(seq=1, ts=WALL, temperature_c=85.0))
    world.readings(2)
    world.step()
    assert world.batches() == [[1, 2, 3, 4, 5, 6]]


def test_a_backlog_without_an_answer_does_not_stand_in_the_way_of_a_fire(world):
    world.readings(20 * BACKLOG_OUT + 100)
    world.step()
    assert len(world.sent) == BACKLOG_OUT
    world.outbox.append(fault("one"))
    world.step()
    world.outbox.append(fault("two"))
    world.step()
    world.outbox.append(fault("three"))
    world.step()
    assert world.batches()[BACKLOG_OUT:] == [[221], [222]]
    for _ in range(20):
        world.deliver()
        world.step(1_000)
    assert world.outbox.empty
    assert set(world.ledger.copies.values()) == {1}


def test_what_is_a_matter_of_safety_goes_again_at_once_on_a_new_connection(world):
    world.readings(25)
    world.outbox.append(fault())
    world.step(LINGER_MS)
    world.step()
    world.puback()
    world.wire.clear()  # acknowledged, and forgotten by the broker
    world.courier.disconnected()
    world.sent.clear()
    world.courier.connected(world.now)
    world.step()
    assert 26 in world.batches()[0]
    for _ in range(20):
        world.deliver()
        world.step(1_000)
    assert world.outbox.empty


def test_a_backlog_comes_back_slowly_and_at_a_time_of_its_own(tmp_path):
    begins = []
    for at in range(20):
        world = World(tmp_path / str(at))
        world.courier = Courier(world.outbox, world.send, random.Random(at))
        world.readings(400)
        world.courier.connected(0)
        while not world.sent:
            world.step(50)
        begins.append(world.now)
        sizes = []
        while not world.outbox.empty:
            sizes.append(len(world.wire))
            world.deliver()
            world.step(1_000)
        assert sizes[:4] == [1, 2, 4, 6]
        world.outbox.close()
    assert max(begins) <= SPREAD_MS + 50
    assert len(set(begins)) > 10


def test_many_matters_of_safety_within_a_backlog_are_sent_once_each(world):
    """More than a receipt can tell: it names the lowest 64 ranges."""
    for _ in range(150):
        world.readings(6)
        world.outbox.append(fault())
    world.courier.connected(0)
    for _ in range(200):
        world.step(1_000)
        world.deliver()
    assert world.outbox.empty
    assert set(world.ledger.copies.values()) == {1}
    assert world.ledger.settled[world.outbox.epoch].ranges() == [(1, world.outbox.given)]


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
    assert world.courier.offset_ms == 5_000


def test_what_was_given_up_is_told_by_first(tmp_path):
    world = World(tmp_path / "small")
    world.outbox.close()
    world.outbox = open_outbox(tmp_path / "small", max_bytes=5_000)
    world.courier = Courier(world.outbox, world.send, random.Random(7))
    for _ in range(30):
        world.readings(5)
    assert world.outbox.dropped > 0
    for _ in range(15):
        world.step(LINGER_MS)
        world.deliver()
    assert world.outbox.empty
    assert world.ledger.settled[world.outbox.epoch].through == 150
    world.outbox.close()


@pytest.mark.parametrize("seed", range(8))
def test_through_any_weather_everything_arrives(tmp_path, seed):
    """Messages and receipts are lost, connections break, the process restarts; then it clears up."""
    rng = random.Random(seed)
    path = tmp_path / "weather"
    world = World(path)
    for _ in range(120):
        world.readings(rng.choice([0, 0, 1, 7, 20]))
        world.step(rng.choice([50, 400, 5_000, 40_000]))
        weather = rng.random()
        if weather < 0.1:
            world.wire.clear()  # the broker died with all it had acknowledged
            world.puback()
        elif weather < 0.2:
            world.courier.disconnected()
            world.wire = world.wire[: rng.randrange(3)]
            world.courier.connected(world.now)
        elif weather < 0.25:
            world.outbox.close()
            after = World(path)
            after.ledger, after.now, after.wire = world.ledger, world.now, world.wire
            world = after
        elif weather < 0.7:
            lost = {at for at in range(len(world.wire)) if rng.random() < 0.2}
            world.deliver(receipts=rng.random() < 0.7, lose=lost)
    for _ in range(400):
        world.step(1_000)
        world.deliver()
    assert world.outbox.empty
    assert world.ledger.settled[world.outbox.epoch].ranges() == [(1, world.outbox.given)]
    assert {seq for _, seq in world.ledger.events} == set(range(1, world.outbox.given + 1))
    world.outbox.close()


def mixed(rng):
    """An event of a busy day."""
    return rng.choices(
        [
            Telemetry(seq=1, ts=WALL, fill_pct=5.0),
            Deposit(seq=1, ts=WALL, compartment="k", unsure="bag"),
            Telemetry(seq=1, ts=WALL, temperature_c=80.0),
            fault(),
        ],
        [12, 5, 1, 1],
    )[0]


@pytest.mark.parametrize("seed", range(5))
def test_through_any_weather_with_a_full_outbox_first_tells_all_that_was_given_up(tmp_path, seed):
    """What is given up lies between what is held, in more pieces than a receipt can name."""
    rng = random.Random(seed)
    path = tmp_path / "full"
    world = World(path, max_bytes=40_000)
    safety = set()
    for _ in range(150):
        for event in world.outbox.append_all([mixed(rng) for _ in range(rng.choice([1, 5, 20]))]):
            if rank_of(event) is Rank.SAFETY:
                safety.add(event.seq)
        world.step(rng.choice([50, 1_000, 40_000]))
        weather = rng.random()
        if weather < 0.5:
            world.wire.clear()  # a day on which little gets through
            world.puback()
        elif weather < 0.6:
            world.courier.disconnected()
            world.wire = world.wire[: rng.randrange(3)]
            world.courier.connected(world.now)
        elif weather < 0.65:
            world.outbox.close()
            after = World(path, max_bytes=40_000)
            after.ledger, after.now, after.wire = world.ledger, world.now, world.wire
            world = after
        elif weather < 0.75:
            world.deliver(receipts=rng.random() < 0.7)
    assert world.outbox.dropped > 100
    for _ in range(900):  # a question may have been asked a moment ago, and the next is ten minutes away
        world.step(1_000)
        world.deliver()
    assert world.outbox.empty
    world.readings(1)
    world.step(LINGER_MS)
    world.step(LINGER_MS)
    world.deliver()
    assert world.ledger.settled[world.outbox.epoch].ranges() == [(1, world.outbox.given)]
    came = {seq for _, seq in world.ledger.events}
    given_up = set(range(1, world.outbox.given + 1)) - came
    assert 0 < len(given_up) <= world.outbox.dropped
    assert not given_up & safety
    world.outbox.close()
