"""What every operational store owes to an operator."""

import json

import pytest

from linli.alerts.evaluate import evaluate
from linli.alerts.readings import Level
from linli.alerts.rules import OVERFLOW
from linli.alerts.state import Alert, AlertKind, Reason, State
from linli.errors import Conflict, NotFound
from linli.ports.alert_rows import SlotRow
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import IngestStore, Operator
from linli.ports.rows import DeviceRow
from stores.operational import OperationalStore
from tests.contract.samples import NOON, alert, fired


@pytest.fixture
def firing(store: OperationalStore) -> OperationalStore:
    """An overflow that fires, with its rule's state."""
    slot = SlotRow("garden", "bin-1", "k1", AlertKind.OVERFLOW, Alert(State.FIRING, NOON, NOON, NOON), "a1")
    group = CommitGroup(alerts=[alert()], alert_changes=[fired()], slots=[slot])
    store.commit(group, store.operator_version())
    return store


def test_it_is_an_operators_store(store: OperationalStore) -> None:
    operator: Operator = store
    assert callable(operator.accept)


def test_an_accepted_device_is_in_the_inventory(store: OperationalStore) -> None:
    group = CommitGroup(devices=[DeviceRow("garden", "bin-7", state="online", heard_ms=NOON, first_ms=NOON)])
    store.commit(group, store.operator_version())
    assert ("garden", "bin-7") not in store.inventory().devices
    version = store.operator_version()
    place = DeviceRow("garden", "bin-7", building="b2", name="Gate", compartments={"k1": "kitchen"})
    store.accept(place, "ana", NOON + 1)
    device = store.inventory().devices["garden", "bin-7"]
    assert (device.building, device.name, dict(device.compartments)) == ("b2", "Gate", {"k1": "kitchen"})
    row = next(row for row in store.devices() if row.id == "bin-7")
    assert (row.accepted, row.state, row.heard_ms, row.first_ms) == (True, "online", NOON, NOON)
    assert store.operator_version() > version
    [change] = store.changes_after(0, 10)
    assert (change.kind, change.key) == ("device", "bin-7")
    said = json.loads(change.body)
    assert said == {
        "community": "garden",
        "device": "bin-7",
        "state": "online",
        "accepted": True,
        "by": "ana",
    }


@pytest.mark.parametrize(("community", "building"), [("park", "b1"), ("garden", "b9"), ("garden", "")])
def test_a_device_stands_only_where_there_is_a_building(
    store: OperationalStore, community: str, building: str
) -> None:
    version = store.operator_version()
    with pytest.raises(NotFound):
        store.accept(DeviceRow(community, "bin-7", building=building), "ana", NOON)
    assert store.operator_version() == version
    assert [row.id for row in store.devices()] == ["bin-1"]


def test_seen_by_the_first_who_says_so(firing: OperationalStore) -> None:
    version = firing.operator_version()
    row = firing.acknowledge("a1", "ana", NOON + 1)
    assert (row.acknowledged_ms, row.acknowledged_by, row.state) == (NOON + 1, "ana", "firing")
    assert firing.acknowledge("a1", "ben", NOON + 2) == row
    assert firing.operator_version() == version  # ingest has no part in it and need not read again
    stored, changes = firing.alert("a1")
    assert stored == row
    assert [(change.change, change.by) for change in changes] == [("fired", "rule"), ("acknowledged", "ana")]
    with pytest.raises(NotFound):
        firing.acknowledge("a2", "ana", NOON)


def test_each_change_comes_with_the_alert_as_it_left_it(firing: OperationalStore) -> None:
    firing.acknowledge("a1", "ana", NOON + 1)
    firing.resolve("a1", "ben", NOON + 2)
    store: IngestStore = firing

    def left(after: int, limit: int = 9) -> list[tuple[str, str, int | None, str, int | None]]:
        return [
            (change.change, row.state, row.resolved_ms, row.acknowledged_by, row.acknowledged_ms)
            for change, row in store.alert_changes_after(after, limit)
        ]

    expected = [
        ("fired", "firing", None, "", None),
        ("acknowledged", "firing", None, "ana", NOON + 1),
        ("resolved", "resolved", NOON + 2, "ana", NOON + 1),
    ]
    assert left(0) == expected
    assert left(0, 1) == expected[:1]
    assert left(1, 1) == expected[1:2]  # whatever part of it is asked for
    [row] = store.alert_rows(["a1"])
    assert store.alert_changes_after(2, 9)[0][1] == row


def test_resolved_by_hand_holds_its_rule_until_it_has_cleared(firing: OperationalStore) -> None:
    version = firing.operator_version()
    row = firing.resolve("a1", "ana", NOON + 1)
    assert (row.state, row.resolved_ms) == ("resolved", NOON + 1)
    assert firing.operator_version() > version
    [slot] = firing.slots([("garden", "bin-1")])
    held, reason = evaluate(OVERFLOW, slot.alert, Level(NOON + 2, 95.0), NOON + 2)
    assert reason is Reason.HELD
    cleared, reason = evaluate(OVERFLOW, held, Level(NOON + 3, 10.0), NOON + 3)
    assert (reason, cleared.held) == (Reason.CLEARED, False)

    stored, changes = firing.alert("a1")
    assert stored == row
    assert [(change.change, change.by, change.reason) for change in changes][1:] == [
        ("resolved", "ana", "by_hand")
    ]
    news = [json.loads(change.body) for change in firing.changes_after(0, 10) if change.kind == "alert"]
    assert [(said["id"], said["state"], said["kind"]) for said in news] == [("a1", "resolved", "overflow")]
    with pytest.raises(Conflict):
        firing.resolve("a1", "ana", NOON + 2)
    with pytest.raises(NotFound):
        firing.resolve("a2", "ana", NOON)
