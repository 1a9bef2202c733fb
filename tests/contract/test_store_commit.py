"""A commit group is written whole or not at all, on every operational store."""

import dataclasses

import msgspec
import pytest

from linli.errors import StaleState, StoreRefused
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DepositQuery, IngestStore
from linli.ports.rows import DeviceRow, LiveChange
from stores.operational import OperationalStore
from tests.contract.groups import commit, everything, whole_group
from tests.contract.samples import (
    EPOCH,
    INVENTORY,
    NOON,
    alert,
    deposit,
    event,
    fired,
    ledger,
    place,
    telemetry,
)


def test_it_is_an_ingest_store(store: OperationalStore) -> None:
    as_port: IngestStore = store
    assert as_port.communities() == INVENTORY.communities


def test_all_of_a_group_is_written(store: OperationalStore) -> None:
    store.set_cursor("influxdb", 0)
    before = everything(store)
    store.commit(whole_group(), store.operator_version())
    after = everything(store)
    assert {name for name in after if after[name] == before[name]} == set()
    assert [e.id for e in store.events_after(0, 10)] == [1, 2, 3]
    assert [msgspec.structs.replace(e, id=0) for e in store.events_after(0, 10)] == whole_group().events
    assert store.ledger() == [ledger((1, 3), received=3)]
    assert [d.deposit for d in store.deposits(DepositQuery())] == [deposit(3)]
    assert store.slots([("garden", "bin-1")]) == whole_group().slots
    [(change, row)] = store.alert_changes_after(0, 10)
    assert (dataclasses.replace(change, number=0), row) == (fired(), alert())
    assert store.rewrites(10) == [(1, 1, 2)]
    assert store.totals() == {
        "events": 3,
        "deposits": 1,
        "photos": 1,
        "dead_letters": 1,
        "alerts_firing": 1,
        "devices": 1,
        "devices_unknown": 0,
    }


def too_large(group: CommitGroup) -> None:
    group.events.append(event(2**70, {"kind": "fault", "code": "x"}))


def twice(group: CommitGroup) -> None:
    group.events.append(group.events[0])


def nan(group: CommitGroup) -> None:
    group.places.append(place("weight_kg", float("nan")))


def surrogate(group: CommitGroup) -> None:
    group.changes.append(LiveChange("garden", "device", "\ud800", b"{}", NOON))


def orphan(group: CommitGroup) -> None:
    group.deposits.append(deposit(77))


@pytest.mark.parametrize("poison", [too_large, twice, nan, surrogate, orphan])
def test_a_group_with_one_impossible_row_writes_nothing(store: OperationalStore, poison) -> None:
    before = everything(store)
    group = whole_group()
    poison(group)
    with pytest.raises(StoreRefused):
        store.commit(group, store.operator_version())
    assert everything(store) == before
    store.commit(whole_group(), store.operator_version())  # and the store goes on as if it had not been
    assert [e.id for e in store.events_after(0, 10)] == [1, 2, 3]


def test_an_event_that_is_stored_already_is_refused_with_its_group(store: OperationalStore) -> None:
    store.commit(whole_group(), store.operator_version())
    before = everything(store)
    with pytest.raises(StoreRefused):
        commit(store, events=[telemetry(4), telemetry(2)], counts=whole_group().counts)
    assert everything(store) == before


def test_a_stale_version_writes_nothing(store: OperationalStore) -> None:
    version = store.operator_version()
    store.accept(DeviceRow("garden", "bin-9", building="b2"), "ana", NOON)
    before = everything(store)
    with pytest.raises(StaleState):
        store.commit(whole_group(), version)
    assert everything(store) == before


def test_the_same_numbers_of_another_epoch_or_device_are_other_events(store: OperationalStore) -> None:
    body = {"kind": "fault", "code": "x"}
    commit(store, events=[event(1, body), event(1, body, epoch="anotherone"), event(1, body, device="bin-2")])
    assert store.totals()["events"] == 3
    assert {(row.device, row.epoch) for row in store.ledger()} == {
        ("bin-1", EPOCH),
        ("bin-1", "anotherone"),
        ("bin-2", EPOCH),
    }


def test_ids_grow_with_commits_and_survive_a_refused_one(store: OperationalStore) -> None:
    commit(store, events=[telemetry(1), telemetry(2)])
    with pytest.raises(StoreRefused):
        commit(store, events=[telemetry(3), telemetry(1)])
    commit(store, events=[telemetry(3)])
    assert [(e.id, e.seq) for e in store.events_after(1, 10)] == [(2, 2), (3, 3)]
