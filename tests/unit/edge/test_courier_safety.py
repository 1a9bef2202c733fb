"""What is a matter of safety goes ahead of the backlog, and the backlog comes back slowly."""

import random

from edge.courier import Courier
from edge.eventlane import BACKLOG_OUT, LINGER_MS
from edge.lane import SPREAD_MS
from linli.events import Telemetry
from tests.unit.edge.world import WALL, World, fault


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
