"""Through lost messages, broken connections, restarts and a full outbox everything is settled."""

import random

import pytest

from edge.admission import Rank, rank_of
from edge.courier import Courier
from edge.eventlane import LINGER_MS
from edge.outboxfile import open_outbox
from linli.events import Deposit, Telemetry
from tests.unit.edge.world import WALL, World, fault


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
