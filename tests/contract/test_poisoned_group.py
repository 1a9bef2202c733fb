"""What a store will never take costs itself alone, whichever store it is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.broker.message import Message
from tests.unit.ingest.house import EPOCH, House, deposit, fill

DEVICES = ("garden/bin-1", "garden/gate-1", "garden/cam-1")
GROUP = 60
POISON = {"note": "poison"}


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "house"
    folder.mkdir()
    made = House(folder, store_url)
    rule = (
        "CREATE TRIGGER poisoned BEFORE INSERT ON events WHEN instr(new.body, 'poison') "
        "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        if made.store.database.url.get_backend_name() == "sqlite"
        else "ALTER TABLE events ADD CONSTRAINT poisoned CHECK (position('poison'::bytea IN body) = 0)"
    )
    with made.store.database.writing() as connection:
        connection.execute(text(rule))
    yield made
    made.store.close()


@pytest.fixture
def commits(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages' events were in each transaction that was tried."""
    tried: list[int] = []
    real = house.store.commit

    def commit(group, version):
        tried.append(len(group.events))
        real(group, version)

    monkeypatch.setattr(house.store, "commit", commit)
    return tried


def messages(house: House, bad: int, make: Callable[..., dict[str, object]]) -> list[Message]:
    """Two events a message, three devices in turn; the first event of message `bad` is the poisoned one."""
    made = []
    for n in range(GROUP):
        seq = n // len(DEVICES) * 2 + 1
        more = {"ext": POISON} if n == bad else {}
        made.append(
            house.batch(make(seq=seq, **more), fill(50, seq=seq + 1), device=DEVICES[n % len(DEVICES)])
        )
    return made


@pytest.mark.parametrize("bad", [0, 31, GROUP - 1])
def test_one_poisoned_message_in_a_group_costs_that_event_alone(house: House, commits, bad: int) -> None:
    drafts = house.take(*messages(house, bad, lambda **rest: fill(10, **rest)))
    rows = {row.device: row for row in house.store.ledger("garden")}
    assert house.store.dead_letter_counts() == {"store_refused": 1}
    assert house.store.totals()["events"] == 2 * GROUP - 1
    for n, device in enumerate(DEVICES):
        row, of = rows[device.partition("/")[2]], 2 * GROUP // len(DEVICES)
        dead = int(n == bad % len(DEVICES))
        assert (row.received, row.dead, row.settled.ranges()) == (of - dead, dead, [(1, of)])
        assert house.memory.ledger(("garden", row.device, EPOCH)) == row
    assert len(commits) < 20, "by halves, not one by one"
    assert len(drafts) < 12


def test_it_changes_no_count_and_when_it_comes_again_nothing_changes(house: House) -> None:
    sent = messages(house, 30, lambda **rest: deposit("battery", "hazardous", **rest))
    house.take(*sent)
    before = (house.store.counts("garden", ["kind"]), house.store.totals(), house.alerts())
    counted = [device for device in DEVICES if tuple(device.split("/")) in house.memory.devices]
    assert sum(row.deposits for row in before[0]) == len(counted) * GROUP // len(DEVICES) - 1
    house.now += 2_000
    house.take(*sent)
    assert (house.store.counts("garden", ["kind"]), house.store.totals(), house.alerts()) == before
    assert sum(row.duplicate for row in house.store.ledger("garden")) == 2 * GROUP


def test_a_group_of_nothing_but_poison_is_refused_one_by_one(house: House) -> None:
    house.take(*(house.batch(fill(n, seq=n, ext=POISON)) for n in range(1, 9)))
    [row] = house.store.ledger("garden")
    assert (row.received, row.dead, row.settled.ranges()) == (0, 8, [(1, 8)])
    assert house.store.dead_letter_counts() == {"store_refused": 8}
