"""What every operational store owes to the API: pages that hold together, sums, one state at a time."""

from typing import Any

import pytest

from linli.errors import InvalidQuery, NotFound
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import AlertQuery, DepositQuery, Reader
from linli.ports.rows import CountRow, DeviceRow, LedgerRow, LedgerSum, PhotoRow
from stores.kept import EVENTS_HEARD
from stores.operational import OperationalStore
from tests.contract.samples import (
    EPOCH,
    INVENTORY,
    MINUTE,
    NOON,
    alert,
    dead_letter,
    deposit,
    deposit_event,
    event,
    fired,
    ledger,
)


@pytest.fixture
def filled(store: OperationalStore) -> OperationalStore:
    """Forty deposits, forty alerts of which two share each time, counts of two days and two buildings."""
    group = CommitGroup()
    for n in range(1, 41):
        where: dict[str, Any] = {
            "building": "b1" if n % 2 else "b2",
            "device": "bin-1" if n % 4 else "bin-2",
            "outcome": "correct" if n % 5 else "missorted",
            "household": f"{n % 3:032x}" if n % 3 else "",
            "day": "2026-11-24" if n <= 20 else "2026-11-25",
            "placed_ms": NOON + n * MINUTE,
        }
        group.events.append(deposit_event(n, NOON + n * MINUTE, device=where["device"]))
        group.deposits.append(deposit(n, **where))
        group.counts.append(
            CountRow(
                "garden",
                where["building"],
                where["household"],
                "kitchen",
                where["day"],
                where["outcome"],
                1,
                0.25,
            )
        )
        state = "firing" if n % 10 == 0 else "resolved"
        group.alerts.append(
            alert(f"a{n:02}", fired_ms=NOON + n // 2, state=state, building=where["building"])
        )
        group.alert_changes.append(fired(f"a{n:02}"))
    store.commit(group, store.operator_version())
    return store


def test_it_is_a_reader(filled: OperationalStore) -> None:
    reader: Reader = filled
    assert reader.inventory() == INVENTORY


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"community": "garden"},
        {"community": "garden", "device": "bin-2"},
        {"community": "garden", "building": "b2"},
        {"community": "garden", "household": f"{1:032x}"},
        {"outcome": "missorted"},
        {"community": "garden", "day": "2026-11-25"},
        {"start_ms": NOON + 5 * MINUTE, "end_ms": NOON + 30 * MINUTE},
        {"community": "park"},
    ],
)
def test_pages_of_deposits_are_all_of_them_newest_first(filled: OperationalStore, where) -> None:
    expected = [
        row.id
        for row in filled.deposits(DepositQuery(limit=1000))
        if all(
            getattr(row.deposit, name) == value for name, value in where.items() if not name.endswith("_ms")
        )
        and where.get("start_ms", 0) <= row.deposit.placed_ms < where.get("end_ms", 2**60)
    ]
    found: list[int] = []
    while page := filled.deposits(DepositQuery(**where, before=found[-1] if found else None, limit=7)):
        found += [row.id for row in page]
    assert found == expected == sorted(expected, reverse=True)
    assert bool(found) == (where.get("community") != "park")


@pytest.mark.parametrize(
    "where", [{}, {"community": "garden"}, {"building": "b1"}, {"state": "firing"}, {"kind": "heat"}]
)
def test_pages_of_alerts_hold_together_where_times_are_equal(filled: OperationalStore, where) -> None:
    everything = filled.alerts(AlertQuery(limit=1000))
    assert len(everything) == 40
    expected = [row.id for row in everything if all(str(getattr(row, k)) == v for k, v in where.items())]
    found: list[str] = []
    before = None
    while page := filled.alerts(AlertQuery(**where, before=before, limit=3)):
        found += [row.id for row in page]
        before = page[-1].fired_ms, page[-1].id
    assert found == expected


def test_an_alert_has_its_timeline(filled: OperationalStore) -> None:
    row, changes = filled.alert("a07")
    assert row == alert("a07", fired_ms=NOON + 3, state="resolved")
    assert [(change.change, change.by) for change in changes] == [("fired", "rule")]
    with pytest.raises(NotFound):
        filled.alert("a99")


def test_counts_by_anything_sum_to_the_same(filled: OperationalStore) -> None:
    for by in ([], ["building"], ["household", "day"], ["kind"], ["day", "building", "kind", "household"]):
        rows = filled.counts("garden", by)
        assert sum(row.deposits for row in rows) == 40
        assert sum(row.weight_kg for row in rows) == pytest.approx(10.0)
        for name in ("building", "household", "kind", "day"):
            assert name in by or {getattr(row, name) for row in rows} == {""}
    assert filled.counts("garden", [], first_day="2026-11-25") == [
        CountRow("garden", "", "", "", "", "correct", 16, 4.0),
        CountRow("garden", "", "", "", "", "missorted", 4, 1.0),
    ]
    assert filled.counts("garden", ["day"], last_day="2026-11-23") == []
    assert filled.counts("park", ["day"]) == []
    with pytest.raises(InvalidQuery):
        filled.counts("garden", ["outcome"])


def test_a_household_is_seen_once_and_only_where_something_was_judged(store: OperationalStore) -> None:
    def delta(building: str, household: str, outcome: str, n: int = 1, day: str = "2026-11-24") -> CountRow:
        return CountRow("garden", building, household, "kitchen", day, outcome, n, 0.0)

    group = CommitGroup(
        counts=[
            delta("b1", "h1", "correct"),
            delta("b1", "h1", "missorted"),
            delta("b2", "h1", "correct"),
            delta("b1", "h2", "unsure"),
            delta("b1", "", "correct"),
            delta("b2", "h3", "correct", day="2026-11-25"),
            delta("b2", "h4", "correct"),
            delta("b2", "h4", "correct", -1),
        ]
    )
    store.commit(group, store.operator_version())
    assert store.households_seen("garden") == {"b1": 1, "b2": 2, "": 2}
    assert store.households_seen("garden", last_day="2026-11-24") == {"b1": 1, "b2": 1, "": 1}
    assert store.households_seen("park") == {"": 0}


def test_what_is_missing_is_summed_with_the_rest(store: OperationalStore) -> None:
    def write(*rows: LedgerRow) -> None:
        store.commit(CommitGroup(ledger=list(rows)), store.operator_version())

    write(
        ledger((1, 3), (6, 6), (9, 10), received=6, duplicate=2, dead=1, dropped=3, late=4),
        ledger((2, 2), epoch="q7m2c9xx", received=1),
    )
    assert store.ledger_sum("garden") == LedgerSum(7, 2, 1, 3, 4, missing=5)
    write(ledger((1, 10), received=10))
    assert store.ledger_sum("garden", "bin-1") == LedgerSum(11, missing=1)
    assert store.ledger_sum() == LedgerSum(11, missing=1)


def test_ledgers_and_dead_letters_are_read_by_what_is_asked(store: OperationalStore) -> None:
    group = CommitGroup(
        ledger=[ledger((1, 3), received=3), ledger((1, 1), device="bin-2", received=1)],
        dead_letters=[dead_letter(b"%d" % n, reason="json" if n % 2 else "size") for n in range(10)],
    )
    store.commit(group, store.operator_version())
    assert [row.device for row in store.ledger("garden")] == ["bin-1", "bin-2"]
    assert [row.received for row in store.ledger(device="bin-2")] == [1]
    assert store.ledger_sum(device="bin-2") == LedgerSum(received=1)
    assert store.ledger_sum("park") == LedgerSum()
    first = store.dead_letters(limit=3, reason="json")
    assert [letter.raw for letter in first] == [b"9", b"7", b"5"]
    assert [letter.raw for letter in store.dead_letters(first[-1].id, 9, "json")] == [b"3", b"1"]


def test_an_unknown_devices_compartments_are_heard_from_all_that_it_kept_saying(
    store: OperationalStore,
) -> None:
    def said(seq: int, device: str, compartment: str | None, kind: str = "telemetry", epoch: str = EPOCH):
        place = {} if compartment is None else {"compartment": compartment}
        return event(
            seq,
            {"kind": kind, **place, "fill_pct": 5},
            device=device,
            epoch=epoch,
            building="",
            at_ms=NOON + seq,
        )

    devices = [DeviceRow("garden", name, first_ms=NOON) for name in ("bin-7", "bin-8", "bin-9")]
    events = [
        said(1, "bin-7", "k1"),
        said(2, "bin-7", None),
        said(3, "bin-7", "a1", "deposit"),
        said(1, "bin-7", "z1", epoch="q7m2c9xx"),
        said(1, "bin-8", None),
        said(2, "bin-9", "o1"),
    ]
    store.commit(CommitGroup(devices=devices, events=events), store.operator_version())
    assert store.compartments_heard("garden") == {"bin-7": ["a1", "k1", "z1"], "bin-9": ["o1"]}
    assert store.compartments_heard("garden", "bin-9") == {"bin-9": ["o1"]}
    assert store.compartments_heard("park") == {}
    store.accept(DeviceRow("garden", "bin-7", building="b1"), "ana", NOON)
    assert store.compartments_heard("garden") == {"bin-9": ["o1"]}


def test_what_is_heard_of_a_flood_is_bounded(store: OperationalStore) -> None:
    old = [event(n, {"kind": "deposit", "compartment": "old"}, device="bin-7", building="") for n in (1, 2)]
    new = [
        event(n, {"kind": "deposit", "compartment": "new"}, device="bin-7", building="", at_ms=NOON + n)
        for n in range(3, EVENTS_HEARD + 3)
    ]
    group = CommitGroup(devices=[DeviceRow("garden", "bin-7", first_ms=NOON)], events=old + new)
    store.commit(group, store.operator_version())
    assert store.compartments_heard("garden") == {"bin-7": ["new"]}


def test_many_photos_are_asked_for_at_once(store: OperationalStore) -> None:
    hashes = [f"{n:064x}" for n in range(450)]
    rows = [PhotoRow(sha256, "garden", "bin-1", EPOCH, 1, 10, NOON) for sha256 in hashes[::2]]
    store.commit(CommitGroup(photos=rows), store.operator_version())
    assert store.photos_known(hashes) == set(hashes[::2])
    assert store.photos_known([]) == set()
