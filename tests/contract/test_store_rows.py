"""What becomes of each sort of row that a commit group brings, on every operational store."""

import dataclasses
from collections import Counter

import pytest

from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DepositQuery
from linli.ports.rows import CountRow, CurrentRow, DeviceRow, EventRow, LiveChange, PhotoRow
from linli.seqs import SeqSet
from linli.timing.clock import DeviceClock
from linli.timing.reasons import PlacedBy
from stores.operational import OperationalStore
from tests.contract.groups import commit, whole_group
from tests.contract.samples import (
    EPOCH,
    HOUR,
    INVENTORY,
    MINUTE,
    NOON,
    alert,
    dead_letter,
    deposit,
    deposit_event,
    event,
    hours,
    ledger,
    place,
    telemetry,
)


def test_ledgers_are_replaced_and_found_by_key(store: OperationalStore) -> None:
    assert store.ledgers([("garden", "bin-1", EPOCH)]) == []
    commit(store, ledger=[ledger((1, 5), (9, 9), received=6)])
    row = ledger((1, 9), received=9, duplicate=2, dead=1, dropped=3, late=4, first_ms=NOON, last_ms=NOON + 5)
    commit(store, ledger=[row])
    many = [("garden", f"bin-{n}", EPOCH) for n in range(1000)]
    assert store.ledgers(iter(many)) == [row]
    assert store.ledgers(iter(many))[0].settled == SeqSet([(1, 9)])


def test_what_is_known_of_a_clock_is_kept_with_its_ledger(store: OperationalStore) -> None:
    known = DeviceClock(
        ((1, NOON, 5, NOON + 9), (9, NOON + 10, 9, NOON + 10)),
        offset=(-HOUR, PlacedBy.OFFSET),
        earlier=((NOON, PlacedBy.ABSURD_BY_ORDER), (0, PlacedBy.DEVICE_CLOCK)),
        waited=(HOUR, NOON, 3),
        doubted=(5 * HOUR, NOON),
    )
    for clock in (DeviceClock(suspect=False), known):
        commit(store, ledger=[ledger((1, 5), (9, 9), clock=clock)])
        [row] = store.ledgers([("garden", "bin-1", EPOCH)])
        assert row.clock == clock
        assert store.ledger("garden", "bin-1") == [row]


def test_a_place_is_replaced_and_read_back_whole(store: OperationalStore) -> None:
    commit(store, events=[telemetry(2)], places=[place()])
    newer = place("weight_kg", 3.5, NOON + HOUR, 3)
    newer.newest["fill_pct"] = (60.0, NOON, 2)
    commit(store, places=[newer], hours=hours([telemetry(2)]))
    assert store.places([("garden", "bin-1"), ("garden", "nobody")]) == [newer]
    assert store.current("garden", "bin-1") == [
        CurrentRow("garden", "bin-1", "k1", "fill_pct", 60.0, NOON, 2),
        CurrentRow("garden", "bin-1", "k1", "weight_kg", 3.5, NOON + HOUR, 3),
    ]
    assert store.current("elsewhere") == []


def test_counts_add_up_and_can_be_taken_back(store: OperationalStore) -> None:
    def delta(outcome: str, n: int, kg: float) -> CountRow:
        return CountRow("garden", "b1", "", "kitchen", "2026-11-24", outcome, n, kg)

    commit(store, counts=[delta("correct", 2, 0.5), delta("correct", 1, 0.25)])
    commit(store, counts=[delta("correct", -1, -0.25), delta("missorted", 1, 0.25)])
    found = {row.outcome: (row.deposits, row.weight_kg) for row in store.counts("garden", [])}
    assert found == {"correct": (2, 0.5), "missorted": (1, 0.25)}


def test_a_deposit_takes_its_events_id_and_can_be_judged_anew(store: OperationalStore) -> None:
    commit(store, events=[telemetry(1), deposit_event(2)], deposits=[deposit(2)])
    [stored] = store.deposits(DepositQuery())
    assert stored.id == 2
    commit(store, deposits=[deposit(2, outcome="missorted", seen="other")], rewrite=[(2, 2)])
    [again] = store.deposits(DepositQuery())
    assert (again.id, again.deposit.outcome) == (2, "missorted")
    assert store.totals()["deposits"] == 1
    assert store.points_between(2, 2)[0][-1] == "missorted"


def test_ingest_never_writes_what_is_the_operators(store: OperationalStore) -> None:
    store.commit(whole_group(), store.operator_version())
    store.acknowledge("a1", "ana", NOON + 1)
    commit(
        store,
        alerts=[alert(state="resolved", resolved_ms=NOON + 9)],
        devices=[DeviceRow("garden", "bin-1", state="offline", heard_ms=NOON + 9, first_ms=5)],
    )
    [row] = store.alert_rows(["a1", "nobody"])
    assert (row.state, row.resolved_ms, row.acknowledged_by) == ("resolved", NOON + 9, "ana")
    [device] = store.devices("garden")
    assert (device.accepted, device.building, device.name) == (True, "b1", "East")
    assert (device.state, device.heard_ms, device.first_ms) == ("offline", NOON + 9, NOON)


def test_kept_events_of_an_unknown_device_are_found_and_housed(store: OperationalStore) -> None:
    body = {"kind": "fault", "code": "x"}
    kept = [
        event(seq, body, at_ms=NOON - seq * MINUTE, device="bin-7", building="", epoch=epoch)
        for seq, epoch in [(1, EPOCH), (2, EPOCH), (3, "anotherone"), (4, "anotherone")]
    ]
    commit(store, devices=[DeviceRow("garden", "bin-7", heard_ms=NOON)], events=[*kept, telemetry(1)])
    assert store.unhoused_devices() == []
    assert store.totals()["devices_unknown"] == 1
    store.accept(DeviceRow("garden", "bin-7", building="b2"), "ana", NOON)
    assert store.unhoused_devices() == [("garden", "bin-7")]

    found: list[EventRow] = []
    while page := store.unhoused(
        ("garden", "bin-7"), (found[-1].placed_ms, found[-1].id) if found else (0, 0), 3
    ):
        found += page
    assert [e.seq for e in found] == [4, 3, 2, 1]
    commit(store, housed=[(e.id, "b2") for e in found])
    assert store.unhoused(("garden", "bin-7"), (0, 0), 10) == []
    assert store.unhoused_devices() == []
    assert {e.building for e in store.events_after(0, 10) if e.device == "bin-7"} == {"b2"}


def test_a_photo_is_recorded_once(store: OperationalStore) -> None:
    photo = PhotoRow("a" * 64, "garden", "bin-1", EPOCH, 3, 1234, NOON)
    commit(store, photos=[photo, dataclasses.replace(photo, seq=4)])
    commit(store, photos=[photo])
    assert store.photos_known(["a" * 64, "b" * 64]) == {"a" * 64}
    assert store.totals()["photos"] == 1


def test_the_same_dead_letter_again_makes_no_new_row(store: OperationalStore) -> None:
    commit(store, dead_letters=[dead_letter(b"{"), dead_letter(b"{"), dead_letter(b"[")])
    store.dead_letter([dead_letter(b"{"), dead_letter(b"{", reason="schema")])
    assert [(letter.raw, letter.reason, letter.times) for letter in store.dead_letters()] == [
        (b"{", "schema", 1),
        (b"[", "json", 1),
        (b"{", "json", 3),
    ]
    assert store.dead_letter_counts() == {"json": 4, "schema": 1}


def test_what_is_refused_and_not_kept_is_counted(store: OperationalStore) -> None:
    for group in (
        CommitGroup(dead_letters=[dead_letter(b"{")], refused=Counter(json=2, schema=5)),
        CommitGroup(refused=Counter(schema=1)),
    ):
        store.commit(group, store.operator_version())
    assert len(store.dead_letters()) == 1
    assert store.dead_letter_counts() == {"json": 3, "schema": 6}


def test_dead_letters_are_capped_and_still_counted(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.committing.DEAD_LETTERS_KEPT", 100)
    for start in range(0, 1500, 300):
        store.dead_letter([dead_letter(b"%d" % n) for n in range(start, start + 300)])
    kept = store.dead_letters(limit=10_000)
    assert 100 <= len(kept) <= 600
    assert [letter.raw for letter in kept[:2]] == [b"1499", b"1498"]
    assert store.dead_letter_counts() == {"json": 1500}


def test_a_dead_letter_keeps_4_kb(store: OperationalStore) -> None:
    store.dead_letter([dead_letter(b"x" * 60_000)])
    [letter] = store.dead_letters()
    assert (len(letter.raw), letter.size) == (4_096, 60_000)


def test_cursors_and_reports(store: OperationalStore) -> None:
    assert store.cursor("influxdb") == 0
    store.set_cursor("influxdb", 7)
    store.set_cursor("influxdb", 9)
    assert store.cursor("influxdb") == 9
    store.report("ingest", b"1", NOON)
    store.report("ingest", b"2", NOON + 1)
    assert store.reports() == {"ingest": (b"2", NOON + 1)}


def test_live_changes_are_numbered_and_pruned(store: OperationalStore) -> None:
    assert store.change_bounds() == (0, 0)
    for n in range(10):
        commit(store, changes=[LiveChange("garden" if n % 2 else "park", "level", str(n), b"{}", NOON)])
    store.prune_changes(4, 100)
    assert store.change_bounds() == (7, 10)
    assert [change.number for change in store.changes_after(8, 10)] == [9, 10]
    assert [change.key for change in store.changes_after(0, 10, "garden")] == ["7", "9"]
    store.prune_changes(0, 100)
    commit(store, changes=[LiveChange("garden", "level", "x", b"{}", NOON)])
    assert store.change_bounds() == (11, 11)  # a number is never used twice: it is the id of a stream


def test_seeding_again_keeps_what_was_accepted_by_hand(store: OperationalStore) -> None:
    store.accept(DeviceRow("garden", "bin-7", building="b2", compartments={"k1": "kitchen"}), "ana", NOON)
    store.commit(whole_group(), store.operator_version())
    version = store.operator_version()
    store.seed(INVENTORY, NOON + MINUTE)
    assert set(store.inventory().devices) == {("garden", "bin-1"), ("garden", "bin-7")}
    assert store.devices()[0].state == "online"
    assert store.operator_version() > version
