"""Commit groups of these tests, and all that a commit can change."""

import dataclasses
from collections import Counter
from typing import Any

from linli.alerts.state import Alert, AlertKind, State
from linli.ports.alert_rows import SlotRow
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DepositQuery
from linli.ports.rows import CountRow, DeviceRow, LiveChange, PhotoRow
from stores.operational import OperationalStore
from tests.contract.samples import (
    EPOCH,
    HOUR,
    NOON,
    alert,
    dead_letter,
    deposit,
    deposit_event,
    fired,
    hours,
    ledger,
    place,
    telemetry,
)


def commit(store: OperationalStore, **rows: Any) -> None:
    store.commit(CommitGroup(**rows), store.operator_version())


def everything(store: OperationalStore) -> dict[str, object]:
    """All that a commit can change."""
    return {
        "events": store.events_after(0, 1000),
        "ledger": store.ledger(),
        "current": store.current(),
        "deposits": store.deposits(DepositQuery()),
        "counts": store.counts("garden", ["household", "kind", "day"]),
        "places": store.places([("garden", "bin-1")]),
        "slots": store.slots([("garden", "bin-1")]),
        "alerts": store.alert_rows(["a1"]),
        "alert_changes": store.alert_changes_after(0, 1000),
        "devices": store.devices(),
        "photo": store.photos_known(["f" * 64]),
        "dead_letters": store.dead_letters(),
        "refusals": store.dead_letter_counts(),
        "changes": store.changes_after(0, 1000),
        "rewrites": store.rewrites(10),
        "totals": store.totals(),
    }


def whole_group() -> CommitGroup:
    """Something of every sort."""
    group = CommitGroup(
        events=[telemetry(1, fill_pct=91.0), telemetry(2, NOON + 10, fill_pct=92.5), deposit_event(3)],
        ledger=[ledger((1, 3), received=3)],
        places=[place()],
        hours=hours([telemetry(1, NOON - HOUR)]),
        deposits=[deposit(3)],
        counts=[CountRow("garden", "b1", "ab" * 16, "kitchen", "2026-11-24", "correct", 1, 0.25)],
        slots=[SlotRow("garden", "bin-1", "k1", AlertKind.OVERFLOW, Alert(State.FIRING, NOON, NOON), "a1")],
        alerts=[alert()],
        alert_changes=[fired()],
        devices=[DeviceRow("garden", "bin-1", state="online", session="s1", heard_ms=NOON, events_ms=NOON)],
        photos=[PhotoRow("f" * 64, "garden", "bin-1", EPOCH, 3, 1234, NOON)],
        dead_letters=[dead_letter(b"{")],
        refused=Counter(size=4),
        changes=[LiveChange("garden", "alert", "a1", b"{}", NOON)],
        rewrite=[(1, 2)],
    )
    assert all(getattr(group, f.name) for f in dataclasses.fields(group) if f.name != "housed")
    return group
