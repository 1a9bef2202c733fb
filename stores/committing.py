"""One commit group into the tables: every statement of it in the caller's one transaction."""

from collections import Counter
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlalchemy.engine import Connection

from linli.errors import StaleState, StoreRefused
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeadLetter, DepositRow, EventRow, LedgerRow, LiveChange
from linli.seqs import SeqSet
from stores import behind, live, rollups, schema
from stores.counters import Counters
from stores.database import Bulk, Database
from stores.rows import (
    CHANGE_COLUMNS,
    LEDGER_WRITTEN,
    alert_values,
    device_values,
    ledger_values,
    place_values,
    slot_values,
)
from stores.statements import adding, inserting, inserting_missing, replacing

DEAD_LETTERS_KEPT = 10_000
"""At most about 50 MB; what was refused beyond it is still counted by its reason."""
DEAD_LETTER_BYTES = 4_096
LEDGERS_REMEMBERED = 200_000
_TRIM_EVERY = 500

Stream = tuple[str, str, str]
"""(community, device, epoch)"""

_count_values = attrgetter(
    "community", "day", "building", "household", "kind", "outcome", "deposits", "weight_kg"
)
_DEPOSIT = [column.name for column in schema.deposits.columns if column.name != "id"]
_deposit_values = attrgetter(*_DEPOSIT)
_photo_values = attrgetter("sha256", "community", "device", "epoch", "seq", "size", "received_ms")


class Committer:
    """Writes groups. Its statements are compiled once; streams' numbers are remembered after commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[Stream, int] = {}
        self._new_ledgers = replacing(database, schema.ledgers, LEDGER_WRITTEN, LEDGER_WRITTEN[:3])
        self._ledgers = _ledgers_by_number(database)
        self._events = inserting(database, schema.events)
        self._rollups = rollups.adding(database)
        self._places = replacing(database, schema.places)
        self._deposits = replacing(database, schema.deposits)
        self._counts = adding(database, schema.compliance_counts, ["deposits", "weight_kg"])
        self._slots = replacing(database, schema.rule_slots)
        # Acknowledgement is the operator's, and so is where a device stands: only a new row gets it from us.
        self._alerts = replacing(database, schema.alerts, keep=("acknowledged_ms", "acknowledged_by"))
        self._alert_changes = inserting(database, schema.alert_changes)
        self._devices = replacing(
            database,
            schema.devices,
            keep=("accepted", "building", "type", "name", "compartments", "first_ms"),
        )
        self._photos = inserting_missing(database, schema.photos)
        self._letters = adding(database, schema.dead_letters, ["times"], ["sha256", "reason", "topic"])
        self._refusals = adding(database, schema.refusals, ["times"])
        self._live = inserting(database, schema.live_changes)

    def commit(self, connection: Connection, group: CommitGroup, operator_version: int) -> dict[Stream, int]:
        """Write all of it. Returns streams whose numbers may be remembered once this is committed.

        Raises StaleState, and StoreRefused for a deposit of an event that is not stored.
        """
        counters = Counters(connection)
        if counters["operator_version"] != operator_version:
            raise StaleState("an operator has changed something: read it again")
        numbers = self._streams(connection, group)
        ids = self._write_events(connection, counters, group.events, numbers)
        if group.housed:
            connection.execute(
                update(schema.events).where(schema.events.c.id == bindparam("event")),
                [{"event": event, "building": building} for event, building in group.housed],
            )
        self._write_deposits(connection, counters, group.deposits, ids, numbers)
        self._places.run(connection, [place_values(row) for row in group.places])
        self._rollups.run(connection, rollups.rows(group.hours, numbers))
        self._counts.run(connection, [_count_values(row) for row in group.counts])
        self._slots.run(connection, [slot_values(row) for row in group.slots])
        self._alerts.run(connection, [alert_values(row) for row in group.alerts])
        self._devices.run(connection, [device_values(row) for row in group.devices])
        counters.add("photos", self._photos.run(connection, [_photo_values(row) for row in group.photos]))
        number = counters.take("alert_change", len(group.alert_changes))
        self._alert_changes.run(
            connection,
            [
                (number + i, *(getattr(row, name) for name in CHANGE_COLUMNS[:-1]))
                for i, row in enumerate(group.alert_changes)
            ],
        )
        self.bury(connection, counters, group.dead_letters)
        self._refusals.run(connection, sorted(group.refused.items()))
        self.tell(connection, counters, group.changes)
        if group.rewrite and behind.forwards(connection):  # to a forwarder that comes later all is new
            ranges = [{"first": first, "last": last} for first, last in group.rewrite]
            connection.execute(insert(schema.rewrites), ranges)
        counters.save()
        return numbers

    def tell(self, connection: Connection, counters: Counters, changes: list[LiveChange]) -> None:
        """Keep live changes, and wake whoever waits for them once they are committed."""
        if changes:
            self._live.run(connection, live.rows(changes, counters))
            self._database.tell(connection)

    def remember(self, numbers: dict[Stream, int]) -> None:
        """Call it after the commit: a number of a transaction that was rolled back is nobody's."""
        if len(self._numbers) > LEDGERS_REMEMBERED:
            self._numbers.clear()
        self._numbers |= numbers

    def bury(self, connection: Connection, counters: Counters, letters: list[DeadLetter]) -> None:
        """Keep dead letters: each once, the newest DEAD_LETTERS_KEPT of them."""
        if not letters:
            return
        number = counters.take("dead_letter", len(letters))
        rows = [
            (
                number + i,
                letter.topic,
                letter.reason,
                letter.detail,
                letter.raw[:DEAD_LETTER_BYTES],
                letter.sha256,
                letter.size,
                letter.received_ms,
                letter.times,
            )
            for i, letter in enumerate(letters)
        ]
        self._letters.run(connection, rows)
        times: Counter[str] = Counter()
        for letter in letters:
            times[letter.reason] += letter.times
        self._refusals.run(connection, sorted(times.items()))
        if number // _TRIM_EVERY != (number + len(letters)) // _TRIM_EVERY:
            kept = select(schema.dead_letters.c.id).order_by(schema.dead_letters.c.id.desc())
            oldest = kept.offset(DEAD_LETTERS_KEPT).limit(1).scalar_subquery()
            connection.execute(delete(schema.dead_letters).where(schema.dead_letters.c.id <= oldest))

    def _streams(self, connection: Connection, group: CommitGroup) -> dict[Stream, int]:
        """Write the ledgers; the number of every stream that the group's events and deposits belong to."""
        known, written, new = self._numbers, [], []
        for row in group.ledger:
            values = ledger_values(row)
            number = known.get(values[:3])
            if number is None:
                new.append(values)
            else:
                written.append((*values[3:], number))
        self._ledgers.run(connection, written)
        self._new_ledgers.run(connection, new)
        wanted = {(row.community, row.device, row.epoch) for row in group.events}
        wanted |= {(row.community, row.device, row.epoch) for row in group.deposits}
        wanted |= {(row.community, row.device, row.epoch) for row in group.hours}
        wanted |= {values[:3] for values in new}
        numbers = {key: known[key] for key in wanted if key in known}
        unknown = wanted - numbers.keys()
        if unknown:
            numbers |= self._look_up(connection, unknown)
            empty = [ledger_values(LedgerRow(*key, SeqSet())) for key in unknown - numbers.keys()]
            if empty:
                self._new_ledgers.run(connection, empty)
                numbers |= self._look_up(connection, unknown - numbers.keys())
        return numbers

    def _look_up(self, connection: Connection, keys: Iterable[Stream]) -> dict[Stream, int]:
        row = schema.ledgers.c
        found: dict[Stream, int] = {}
        ordered = sorted(keys)
        for start in range(0, len(ordered), 200):
            some = ordered[start : start + 200]
            rows = connection.execute(
                select(row.community, row.device, row.epoch, row.id).where(
                    tuple_(row.community, row.device, row.epoch).in_(some)
                )
            )
            found |= {(community, device, epoch): number for community, device, epoch, number in rows}
        return found

    def _write_events(
        self, connection: Connection, counters: Counters, events: list[EventRow], numbers: dict[Stream, int]
    ) -> dict[tuple[int, int], int]:
        """Store the events; the id that each deposit got, by (stream's number, seq)."""
        if not events:
            return {}
        first = counters.take("event", len(events))
        placed = [(numbers[event.community, event.device, event.epoch], event) for event in events]
        rows = [
            (
                number,
                ledger,
                event.seq,
                event.kind,
                event.placed_ms,
                event.placed_reason,
                event.received_ms,
                event.building,
                event.body,
            )
            for number, (ledger, event) in enumerate(placed, first)
        ]
        counters.add("events", self._events.run(connection, rows))
        return {(row[1], row[2]): row[0] for row in rows if row[3] == "deposit"}

    def _write_deposits(
        self,
        connection: Connection,
        counters: Counters,
        deposits: list[DepositRow],
        ids: dict[tuple[int, int], int],
        numbers: dict[Stream, int],
    ) -> None:
        """Deposits take their events' ids. One that was there is judged anew."""
        if not deposits:
            return
        rows, fresh = [], 0
        for deposit in deposits:
            key = (numbers[deposit.community, deposit.device, deposit.epoch], deposit.seq)
            event = ids.get(key)
            if event is None:
                event, known = self._stored(connection, *key)
                fresh += not known
            else:
                fresh += 1
            rows.append((event, *_deposit_values(deposit)))
        self._deposits.run(connection, rows)
        counters.add("deposits", fresh)

    def _stored(self, connection: Connection, ledger: int, seq: int) -> tuple[int, bool]:
        row, deposit = schema.events.c, schema.deposits.c
        found = connection.execute(
            select(row.id, deposit.id)
            .join_from(schema.events, schema.deposits, deposit.id == row.id, isouter=True)
            .where(row.ledger == ledger, row.seq == seq)
        ).first()
        if found is None:
            raise StoreRefused(f"a deposit (stream {ledger}, seq {seq}) of an event that is not stored")
        return found[0], found[1] is not None


def _ledgers_by_number(database: Database) -> Bulk:
    """A ledger whose number is known is found by it: that costs a third of finding it by its three names."""
    names = [name for name in LEDGER_WRITTEN if name not in {"community", "device", "epoch"}]
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(schema.ledgers).values(changed).where(schema.ledgers.c.id == bindparam("number"))
    return Bulk(database, statement, [*(f"new_{name}" for name in names), "number"])
