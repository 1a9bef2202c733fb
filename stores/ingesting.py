"""The store as ingest sees it: what it commits, and what it reads back."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Select, Table, select, tuple_
from sqlalchemy.engine import Connection

from linli.alerts.state import AlertKind
from linli.inventory import Inventory
from linli.ports.alert_rows import AlertChange, AlertRow, SlotRow
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DeviceKey
from linli.ports.rows import DeadLetter, EventRow, LedgerRow, PlaceRow
from stores import kept
from stores.claiming import Claiming
from stores.counters import Counters
from stores.database import Database
from stores.inventory import write_inventory
from stores.kept import stored_events
from stores.rows import (
    ALERT_COLUMNS,
    CHANGE_COLUMNS,
    LEDGER_COLUMNS,
    SLOT_COLUMNS,
    alert_change,
    alert_row,
    ledger_row,
    place_row,
    slot_row,
)
from stores.schema import (
    alert_changes,
    alerts,
    counters,
    cursors,
    events,
    ledgers,
    marks,
    places,
    reports,
    rule_slots,
)
from stores.side import Side
from stores.statements import chunks
from stores.streams import Numbers
from stores.timeline import as_left


class _Rehearsed(Exception):
    pass


class Ingesting(Side):
    """IngestStore. One process commits at a time; another may read and operate beside it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._claiming = Claiming(database)

    def claim(self, shares: frozenset[str]) -> int:
        """Own all of these shares of the work, or none of them when another owns one: then 0."""
        return self._claiming.claim(shares)

    def seed(self, inventory: Inventory, now_ms: int) -> None:
        """Make the inventory's communities, buildings and devices known; accepted devices stay accepted."""
        with self._database.writing() as connection:
            write_inventory(self._database, connection, inventory, now_ms)
            # What it says of a device may be new, so whoever holds state must read again.
            numbers = Counters(connection)
            numbers.add("operator_version", 1)
            numbers.save()

    def operator_version(self) -> int:
        """Grows with everything an operator changes (accepting a device, resolving an alert)."""
        return self._number(select(counters.c.value).where(counters.c.name == "operator_version"))

    def ledgers(self, keys: Iterable[tuple[str, str, str]]) -> list[LedgerRow]:
        """The ledgers of these (community, device, epoch); those never heard of are absent."""
        key = tuple_(ledgers.c.community, ledgers.c.device, ledgers.c.epoch)
        query = select(*(ledgers.c[name] for name in LEDGER_COLUMNS))
        with self._database.reading() as connection:
            return [
                ledger_row(row)
                for some in chunks(keys)
                for row in connection.execute(query.where(key.in_(some)))
            ]

    def slots(self, devices: Iterable[DeviceKey]) -> list[SlotRow]:
        """The rule states of these devices."""
        key = tuple_(rule_slots.c.community, rule_slots.c.device)
        query = select(*(rule_slots.c[name] for name in SLOT_COLUMNS))
        with self._database.reading() as connection:
            return [
                slot_row(row)
                for some in chunks(devices)
                for row in connection.execute(query.where(key.in_(some)))
            ]

    def places(self, devices: Iterable[DeviceKey]) -> list[PlaceRow]:
        """What is known of the places of these devices."""
        query = select(places)
        key = tuple_(places.c.community, places.c.device)
        with self._database.reading() as connection:
            return [
                place_row(row)
                for some in chunks(devices)
                for row in connection.execute(query.where(key.in_(some)))
            ]

    def slots_of(self, kinds: Iterable[AlertKind]) -> list[SlotRow]:
        """Every rule state of these kinds."""
        query = select(*(rule_slots.c[name] for name in SLOT_COLUMNS))
        with self._database.reading() as connection:
            rows = connection.execute(query.where(rule_slots.c.kind.in_(list(kinds))))
            return [slot_row(row) for row in rows]

    def commit(self, group: CommitGroup, operator_version: int) -> None:
        """Write all of the group in one durable transaction, or nothing.

        Raises StaleState when the operator's version is no longer this one, StoreRefused when it will
        never take this group, StoreUnavailable when it cannot now, NotOwner when it may be another's by now.
        """
        with self._database.writing() as connection:
            numbers = self._write(connection, group, operator_version)
        self._committer.remember(numbers)

    def rehearse(self, group: CommitGroup, operator_version: int) -> None:
        """Raise what `commit` would raise before its end, and change nothing. Nothing is synced."""
        with suppress(_Rehearsed), self._database.writing() as connection:
            self._write(connection, group, operator_version)
            raise _Rehearsed

    def _write(self, connection: Connection, group: CommitGroup, operator_version: int) -> Numbers:
        self._claiming.check(connection)
        return self._committer.commit(connection, group, operator_version)

    def unhoused(self, device: DeviceKey, after: tuple[int, int], limit: int) -> list[EventRow]:
        """Kept events of a device stored while it was unknown, by (placed_ms, id) past `after`."""
        with self._database.reading() as connection:
            return kept.of_device(connection, device, after, limit)

    def unhoused_devices(self) -> list[DeviceKey]:
        """Accepted devices that still have kept events without a building."""
        with self._database.reading() as connection:
            return kept.accepted_devices(connection)

    def events_after(self, event_id: int, limit: int) -> list[EventRow]:
        """Stored events in order of their ids, past this one."""
        query = stored_events.where(events.c.id > event_id).order_by(events.c.id).limit(limit)
        with self._database.reading() as connection:
            return _event_rows(connection, query)

    def alert_changes_after(self, number: int, limit: int) -> list[tuple[AlertChange, AlertRow]]:
        """Changes of alerts in order of their numbers, past this one, each with its alert as it left it."""
        changes = select(*(alert_changes.c[name] for name in CHANGE_COLUMNS))
        query = changes.where(alert_changes.c.number > number).order_by(alert_changes.c.number).limit(limit)
        with self._database.reading() as connection:
            found = [alert_change(row) for row in connection.execute(query)]
            ids = sorted({change.alert_id for change in found})
            known = _alert_rows(connection, ids)
            timelines = _timelines(connection, ids)
        left = {
            change.number: (change, row)
            for alert_id, row in known.items()
            for change, row in as_left(row, timelines[alert_id])
        }
        return [left[change.number] for change in found if change.number in left]

    def alert_rows(self, ids: Iterable[str]) -> list[AlertRow]:
        """These alerts as they are now; unknown ids are absent."""
        with self._database.reading() as connection:
            return list(_alert_rows(connection, ids).values())

    def cursor(self, name: str) -> int:
        """How far a reader of events or changes has come; 0 at first."""
        return self._number(select(cursors.c.value).where(cursors.c.name == name))

    def set_cursor(self, name: str, value: int) -> None:
        """Remember it, durably."""
        self._set(cursors, name, value)

    def mark(self, name: str) -> int | None:
        """What was last marked under this name; None when nothing was."""
        with self._database.reading() as connection:
            found = connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()
        return None if found is None else int(found)

    def set_mark(self, name: str, value: int) -> None:
        """Remember it, durably."""
        self._set(marks, name, value)

    def dead_letter(self, letters: Sequence[DeadLetter]) -> None:
        """Keep what was refused outside a commit group (a point the history will not take)."""
        with self._database.writing() as connection:
            numbers = Counters(connection)
            self._committer.bury(connection, numbers, list(letters))
            numbers.save()

    def report(self, name: str, body: bytes, at_ms: int) -> None:
        """Say how a part of ingest is (JSON), for `/readyz` and `/metrics`; the newest of a name stands."""
        statement = self._database.insert(reports).values(name=name, body=body, at_ms=at_ms)
        said = {"body": statement.excluded.body, "at_ms": statement.excluded.at_ms}
        with self._database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=said))

    def _set(self, table: Table, name: str, value: int) -> None:
        statement = self._database.insert(table).values(name=name, value=value)
        with self._database.writing() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )

    def _number(self, query: Select[Any]) -> int:
        with self._database.reading() as connection:
            return connection.execute(query).scalar() or 0


def _event_rows(connection: Connection, query: Select[Any]) -> list[EventRow]:
    return [EventRow(*row) for row in connection.execute(query)]


def _timelines(connection: Connection, ids: Iterable[str]) -> dict[str, list[AlertChange]]:
    query = select(*(alert_changes.c[name] for name in CHANGE_COLUMNS)).order_by(alert_changes.c.number)
    found: dict[str, list[AlertChange]] = {}
    for some in chunks(ids):
        for row in connection.execute(query.where(alert_changes.c.alert_id.in_(some))):
            found.setdefault(row.alert_id, []).append(alert_change(row))
    return found


def _alert_rows(connection: Connection, ids: Iterable[str]) -> dict[str, AlertRow]:
    query = select(*(alerts.c[name] for name in ALERT_COLUMNS))
    return {
        row.id: alert_row(row)
        for some in chunks(ids)
        for row in connection.execute(query.where(alerts.c.id.in_(some)))
    }
