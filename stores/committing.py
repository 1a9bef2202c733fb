"""One commit group into the tables: every statement of it in the caller's one transaction."""

from collections import Counter
from operator import attrgetter

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from linli.errors import StaleState, StoreRefused
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeadLetter, DepositRow, EventRow, LiveChange
from stores import behind, live, rollups, schema
from stores.counters import Counters
from stores.database import Database
from stores.rows import (
    CHANGE_COLUMNS,
    alert_values,
    device_values,
    place_values,
    slot_values,
)
from stores.statements import adding, inserting, inserting_missing, replacing
from stores.streams import Numbers, Streams

DEAD_LETTERS_KEPT = 10_000
"""At most about 50 MB; what was refused beyond it is still counted by its reason."""
DEAD_LETTER_BYTES = 4_096
_TRIM_EVERY = 500

_count_values = attrgetter(
    "community", "day", "building", "household", "kind", "outcome", "deposits", "weight_kg"
)
_DEPOSIT = [column.name for column in schema.deposits.columns if column.name != "id"]
_deposit_values = attrgetter(*_DEPOSIT)
_photo_values = attrgetter("sha256", "community", "device", "epoch", "seq", "size", "received_ms")


class Committer:
    """Writes groups. Its statements are compiled once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams = Streams(database)
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

    def commit(self, connection: Connection, group: CommitGroup, operator_version: int) -> Numbers:
        """Write all of it. Returns streams whose numbers may be remembered once this is committed.

        Raises StaleState, and StoreRefused for a deposit of an event that is not stored.
        """
        counters = Counters(connection)
        if counters["operator_version"] != operator_version:
            raise StaleState("an operator has changed something: read it again")
        numbers = self._streams.write(connection, group.ledger)
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

    def remember(self, numbers: Numbers) -> None:
        """Call it after the commit, with what that returned."""
        self._streams.remember(numbers)

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

    def _write_events(
        self, connection: Connection, counters: Counters, events: list[EventRow], numbers: Numbers
    ) -> dict[tuple[int, int], int]:
        """Store the events; the id that each deposit got, by (stream's number, seq)."""
        if not events:
            return {}
        first = counters.take("event", len(events))
        rows = [
            (
                number,
                numbers[event.community, event.device, event.epoch],
                event.seq,
                event.kind,
                event.placed_ms,
                event.placed_reason,
                event.received_ms,
                event.building,
                event.body,
            )
            for number, event in enumerate(events, first)
        ]
        counters.add("events", self._events.run(connection, rows))
        return {(row[1], row[2]): row[0] for row in rows if row[3] == "deposit"}

    def _write_deposits(
        self,
        connection: Connection,
        counters: Counters,
        deposits: list[DepositRow],
        ids: dict[tuple[int, int], int],
        numbers: Numbers,
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
