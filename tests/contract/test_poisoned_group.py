"""What a store will never take costs itself alone, whichever store it is."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from ingest.admission import RANGES_MAX
from ingest.broker.message import Message
from linli.errors import StaleState, StoreRefused
from linli.ports.commit_group import CommitGroup
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


def tried(house: House, monkeypatch: pytest.MonkeyPatch, verb: str) -> list[int]:
    """How many events are in each transaction for which the store is asked by this verb."""
    found: list[int] = []
    real = getattr(house.store, verb)

    def asked(group, version):
        found.append(len(group.events))
        real(group, version)

    monkeypatch.setattr(house.store, verb, asked)
    return found


@pytest.fixture
def commits(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return tried(house, monkeypatch, "commit")


@pytest.fixture
def rehearsals(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return tried(house, monkeypatch, "rehearse")


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


def _places(house: House, device: str) -> dict[int, tuple[int, str]]:
    rows = house.store.events_after(0, 100)
    return {row.seq: (row.placed_ms, row.placed_reason) for row in rows if row.device == device}


def _with_poison(readings: list[dict[str, object]], bad: int) -> list[dict[str, object]]:
    return [each | {"ext": POISON} if each["seq"] == bad else each for each in readings]


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


@pytest.mark.parametrize("bad", [1, 7, 20])
def test_the_others_of_its_batch_keep_their_distances_in_time(house: House, commits, bad: int) -> None:
    """Stamped in 1970 and sent by a right clock: of such only the distances between them are known."""
    readings = [fill(n, seq=n, ts=60_000 * n) for n in range(1, 21)]
    house.take(house.batch(*readings, device="hill/bin-1"))
    house.take(house.batch(*_with_poison(readings, bad), device="hill/bin-2"))
    whole, sifted = _places(house, "bin-1"), _places(house, "bin-2")
    seqs = [seq for seq in range(1, 21) if seq != bad]
    if bad < 20:  # the last is where the sending anchors them: without it the next to last is
        assert sifted == {seq: whole[seq] for seq in seqs}
    assert {reason for _, reason in sifted.values()} == {"absurd_by_sending"}
    apart = [sifted[after][0] - sifted[before][0] for before, after in pairwise(seqs)]
    assert apart == [60_000 * (after - before) for before, after in pairwise(seqs)]
    assert len(commits) == 3, "one for the batch, one that was refused, one for what is left of it"


def test_many_poisoned_events_of_one_batch_are_one_commit(house: House, commits) -> None:
    house.take(house.batch(*(fill(n % 90, seq=n, ext=POISON if n % 2 else {}) for n in range(1, 41))))
    [row] = house.store.ledger("garden")
    assert (row.received, row.dead, row.settled.ranges()) == (20, 20, [(1, 40)])
    assert commits == [40, 20]


def test_one_poisoned_event_is_found_by_two_rehearsals_for_each_halving_of_its_batch(
    house: House, commits, rehearsals
) -> None:
    house.take(house.batch(*(fill(10, seq=n, ext=POISON if n == 77 else {}) for n in range(1, 201))))
    assert (commits, len(rehearsals)) == ([200, 199], 17), "eight halvings, and one for its letter"


def test_a_rehearsal_changes_nothing_and_says_what_a_commit_would(house: House) -> None:
    house.send(fill(10))
    before = (house.store.totals(), house.store.ledger("garden"), house.store.change_bounds())
    event = house.store.events_after(0, 1)[0]
    group = CommitGroup(events=[replace(event, seq=2)], ledger=house.store.ledger("garden"))
    house.store.rehearse(group, house.memory.version)
    with pytest.raises(StoreRefused):
        house.store.rehearse(
            CommitGroup(events=[replace(event, seq=3, body=b"poison")], ledger=group.ledger),
            house.memory.version,
        )
    with pytest.raises(StaleState):
        house.store.rehearse(group, house.memory.version + 1)
    assert (house.store.totals(), house.store.ledger("garden"), house.store.change_bounds()) == before
    house.store.commit(group, house.memory.version)
    assert house.store.totals()["events"] == 2


def test_a_poisoned_event_beside_numbers_that_only_together_are_admitted_costs_itself_alone(
    house: House,
) -> None:
    """A device whose numbers lie in as many ranges as are kept: this batch joins some of them."""
    for begin in range(0, RANGES_MAX, 200):
        house.take(house.batch(*[fill(10, seq=1001 + 2 * n) for n in range(begin, begin + 200)], first=1))
    joining = [fill(1, seq=seq) for seq in (1002, 1004, 1006)]
    house.take(house.batch(fill(1, seq=500, ext=POISON), *joining, first=1))
    [row] = house.store.ledger("garden")
    assert all(seq in row.settled for seq in (500, 1002, 1004, 1006))
    assert row.received == RANGES_MAX + len(joining)
    assert house.store.dead_letter_counts() == {"store_refused": 1}


def test_what_is_refused_at_last_although_its_parts_were_taken_is_committed_one_by_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something changed in between: no event pays for another."""
    real = house.store.commit

    def commit(group, version):
        if len(group.events) > 1:
            raise StoreRefused("not together")
        real(group, version)

    monkeypatch.setattr(house.store, "commit", commit)
    house.take(house.batch(*[fill(10, seq=seq) for seq in range(1, 6)]))
    [row] = house.store.ledger("garden")
    assert (row.received, row.dead, row.settled.ranges()) == (5, 0, [(1, 5)])
    assert house.store.dead_letter_counts() == {}
