import sqlite3

import pytest

from linli.errors import StoreUnavailable
from linli.seqs import SeqSet
from tests.unit.ingest.house import EPOCH, House, deposit, fill

KEY = ("garden", "bin-1", EPOCH)


def poison(house: House, table: str = "events", column: str = "body") -> None:
    """From here on the store refuses, for good, what has `poison` in it: a real rule of the real database."""
    with house.sql() as db:
        db.execute(
            f"CREATE TRIGGER poisoned_{table} BEFORE INSERT ON {table} WHEN instr(new.{column}, 'poison') "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )


def test_one_poisoned_event_costs_itself_alone(house):
    poison(house)
    bad = fill(11, ext={"note": "poison"})
    house.take(
        house.batch(fill(10), bad, fill(12)),
        house.batch(fill(20), device="garden/bin-2"),
        house.batch(fill(13, seq=9), first=9),
    )
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.received, row.dead, row.dropped) == (3, 1, 5)
    assert row.settled.ranges() == [(1, 9)]
    assert house.reasons() == {"store_refused": 1}
    assert house.store.totals()["events"] == 4
    house.now += 2_000
    house.take(house.batch(fill(10), bad, fill(12)))  # it comes again: nothing changes
    (again,) = house.store.ledger("garden", "bin-1")
    assert (again.received, again.dead, again.duplicate) == (3, 1, 3)


def test_when_even_the_dead_letter_is_refused_its_number_is_settled_all_the_same(house):
    poison(house)
    poison(house, "dead_letters", "raw")
    house.send(fill(11, ext={"note": "poison"}))
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.dead, row.settled.through) == (1, 1)
    assert house.receipt().through == 1


def test_an_operator_who_was_faster_is_seen_and_the_group_is_decided_again(house):
    house.send(fill(10), device="garden/bin-7")
    version = house.memory.version
    row = house.store.inventory().devices["garden", "bin-1"]
    assert row.building == "b1"
    from linli.ports.rows import DeviceRow

    house.store.accept(DeviceRow("garden", "bin-8", accepted=True, building="b1"), "li", house.now)
    house.send(fill(95), fill(96), device="garden/bin-8")  # memory does not know yet that it is accepted
    assert house.memory.version != version
    assert house.alerts() == [("overflow", "fired", "over_limit")]


def test_a_store_that_is_away_changes_nothing_and_afterwards_all_is_there(house):
    house.send(fill(10))
    message = house.batch(fill(95, seq=2), fill(96, seq=3), deposit("battery", "hazardous", seq=4))
    published = len(house.published)
    blocker = sqlite3.connect(house.folder / "linli.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailable):
            house.take(message)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert not house.memory.loaded
    assert len(house.published) == published  # no receipt for what is not committed
    house.take(message)
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.received, row.duplicate) == (4, 0)
    assert house.memory.ledger(KEY) == row
    assert len(house.alerts()) == 2


def test_memory_after_a_commit_is_what_the_store_says(house):
    house.send(fill(95), fill(96), deposit("battery", "hazardous"), first=1)
    slots = {(s.compartment, s.kind): s for s in house.store.slots([("garden", "bin-1")])}
    for place, slot in slots.items():
        assert house.memory.slot(("garden", "bin-1"), place) == slot
    (row,) = house.store.ledgers([KEY])
    assert house.memory.ledger(KEY) == row
    stored = {(d.community, d.id): d for d in house.store.devices()}
    assert house.memory.devices == stored


def test_a_failed_draft_leaves_memory_alone(house):
    house.send(fill(10))
    before = house.memory.ledger(KEY)
    poison(house)
    house.send(fill(11, seq=2, ext={"note": "poison"}))
    assert before.settled == SeqSet([(1, 1)])


def test_a_fault_of_ours_costs_one_message_and_not_the_service(house, monkeypatch, caplog):
    from linli.alerts.evaluate import within as real

    def faulty(rule, value):
        if value == 66.0:
            raise ZeroDivisionError
        return real(rule, value)

    monkeypatch.setattr("ingest.folding.telemetry.within", faulty)
    house.send(fill(10), fill(66), fill(12))
    assert house.reasons() == {"store_refused": 1}
    assert house.store.totals()["events"] == 2
    assert "a fault of linli" in caplog.text


def test_a_sifted_batch_gives_up_no_more_than_the_whole_would(house):
    poison(house)
    house.take(
        house.batch(fill(10, seq=5), {"seq": 6, "kind": "x"}, fill(1, seq=7, ext={"n": "poison"}), first=10)
    )
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.settled.ranges(), row.received, row.dropped, row.dead) == ([(1, 7)], 1, 4, 2)
    assert house.reasons() == {"schema": 1, "store_refused": 1}


def test_a_dead_letter_that_the_store_refuses_costs_itself_alone_too(house):
    poison(house, "dead_letters", "raw")
    bad = [{"seq": n, "kind": "x", "note": "poison" * (n == 3)} for n in (2, 3, 4)]
    house.take(house.batch(fill(10), *bad, fill(12, seq=5)))
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.settled.ranges(), row.received, row.dead) == ([(1, 5)], 2, 3)
    assert house.reasons() == {"schema": 2, "store_refused": 1}
    assert [letter.raw for letter in house.store.dead_letters(reason="store_refused")] == [b""]


def test_what_was_tried_and_not_committed_takes_no_room_of_the_letters(house, monkeypatch):
    monkeypatch.setattr("ingest.letters.KEPT_A_SECOND", 3)
    poison(house)
    house.take(
        house.batch(
            {"kind": "x"}, *(fill(n, seq=n) for n in range(2, 20)), fill(1, seq=20, ext={"n": "poison"})
        )
    )
    house.take(house.message(b"{"), house.message(b'{"'))
    assert [letter.reason for letter in house.store.dead_letters()] == ["json", "schema", "store_refused"]
    assert house.reasons() == {"schema": 1, "store_refused": 1, "json": 2}


def test_past_so_many_a_second_what_is_refused_is_counted_and_settled_and_not_kept(house, monkeypatch):
    monkeypatch.setattr("ingest.letters.KEPT_A_SECOND", 3)
    bad = {"kind": "telemetry", "fil_pct": 3}
    house.now -= house.now % 1_000
    house.take(house.batch(*[bad] * 8, fill(10, seq=9)), house.message(b"{"))
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.received, row.dead, row.settled.ranges()) == (1, 8, [(1, 9)])
    assert [r.seq for r in house.receipt().refused] == [*range(1, 9)]
    assert len(house.store.dead_letters()) == 3
    assert house.reasons() == {"schema": 8, "json": 1}
    house.now += 1_000
    house.take(house.message(b"{["))
    assert next(letter.raw for letter in house.store.dead_letters()) == b"{["
    assert house.reasons() == {"schema": 8, "json": 2}
