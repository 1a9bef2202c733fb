"""What is let go after its time, in small steps. A step is one transaction over a few hundred keys.

A walk goes along a table's own key, so it needs no index and never looks at the same rows twice in a round.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, select
from sqlalchemy.engine import Connection

from linli.ports.forwarding import FORWARD_CURSOR
from linli.ports.pruning import Position, Step
from stores.counters import Counters
from stores.schema import (
    alerts,
    cursors,
    dead_letters,
    devices,
    events,
    ledgers,
    live_changes,
    photos,
    rewrites,
    rollups,
)
from stores.side import Side

LEDGERS_A_STEP = 100
DEVICES_A_STEP = 20


class Pruning(Side):
    """PrunedStore."""

    def prune_events(self, at: Position, before_ms: int, limit: int, *, forwarded: bool) -> Step:
        """Raw events received before a time. With `forwarded`, none that is not written to InfluxDB yet.

        Kept events of a device that has just been accepted stay until they are folded.
        """
        row = events.c
        page = select(row.id, row.received_ms, row.building, row.ledger).order_by(row.id).limit(limit)
        with self._database.writing() as connection:
            found = connection.execute(page.where(row.id > (at or 0))).all()
            old = [one for one in found if one.received_ms < before_ms]
            through = _written_through(connection) if forwarded else None
            free = [one for one in old if through is None or one.id <= through]
            folding = _being_folded(connection, {one.ledger for one in free if not one.building})
            gone = [one.id for one in free if one.building or one.ledger not in folding]
            _delete(connection, events, row.id, gone)
        # Ids follow the order of commits: where nothing is old, nothing behind it is.
        end = not free or len(found) < limit
        return Step(len(gone), None if end else found[-1].id, len(old) - len(gone))

    def prune_photos(self, at: Position, before_ms: int, limit: int) -> tuple[Step, Sequence[str]]:
        """Records of photos received before a time, but for those a firing alert shows; and their hashes."""
        row = photos.c
        page = select(row.sha256, row.received_ms).order_by(row.sha256).limit(limit)
        with self._database.writing() as connection:
            found = connection.execute(page.where(row.sha256 > (at or ""))).all()
            old = [one.sha256 for one in found if one.received_ms < before_ms]
            shown = _shown(connection, old)
            gone = [sha256 for sha256 in old if sha256 not in shown]
            _delete(connection, photos, row.sha256, gone)
        place = found[-1].sha256 if len(found) == limit else None
        return Step(len(gone), place, len(shown)), gone

    def prune_dead_letters(self, at: Position, before_ms: int, limit: int) -> Step:
        """Dead letters received before a time; how many there were by reason stays known."""
        row = dead_letters.c
        page = select(row.id, row.received_ms).order_by(row.id).limit(limit)
        with self._database.writing() as connection:
            found = connection.execute(page.where(row.id > (at or 0))).all()
            gone = [one.id for one in found if one.received_ms < before_ms]
            _delete(connection, dead_letters, row.id, gone)
        return Step(len(gone), found[-1].id if len(found) == limit else None)

    def prune_rollups(self, at: Position, before_ms: int, limit: int) -> Step:
        """Hourly sums of the hours before a time."""
        row, gone = rollups.c, 0
        with self._database.writing() as connection:
            for _ in range(LEDGERS_A_STEP):
                ledger = connection.execute(
                    select(func.min(row.ledger)).where(row.ledger > (at or 0))
                ).scalar()
                if ledger is None:
                    return Step(gone, None)
                old: tuple[ColumnElement[bool], ...] = (row.ledger == ledger, row.hour_ms < before_ms)
                hours = select(row.hour_ms).where(*old).order_by(row.hour_ms)
                last = connection.execute(hours.offset(limit - gone).limit(1)).scalar()
                upto = () if last is None else (row.hour_ms <= last,)
                gone += connection.execute(delete(rollups).where(*old, *upto)).rowcount
                if last is not None:
                    return Step(gone, ledger - 1)
                at = ledger
                if gone >= limit:
                    break
        return Step(gone, at)

    def prune_changes(self, keep: int, limit: int) -> Step:
        """Live changes, but for the newest `keep`."""
        row = live_changes.c
        with self._database.writing() as connection:
            newest = connection.execute(select(func.max(row.number))).scalar() or 0
            oldest = select(row.number).where(row.number <= newest - keep).order_by(row.number).limit(limit)
            gone = list(connection.execute(oldest).scalars())
            if gone:
                connection.execute(delete(live_changes).where(row.number <= gone[-1]))
        return Step(len(gone), gone[-1] if len(gone) == limit else None)

    def forget_unknown(self, before_ms: int, limit: int) -> Step:
        """Devices that nobody accepted and nobody has heard since, with their kept events.

        Their ledgers stay: should one come back, what it sends again is known.
        """
        row, gone = devices.c, 0
        silent = select(row.community, row.id).where(
            ~row.accepted, row.heard_ms < before_ms, row.first_ms < before_ms
        )
        with self._database.writing() as connection:
            found = connection.execute(silent.limit(DEVICES_A_STEP)).all()
            emptied = 0
            for community, device in found:
                gone += _forget_events(connection, community, device, limit - gone)
                if gone >= limit:
                    return Step(gone, 0)
                connection.execute(delete(devices).where(row.community == community, row.id == device))
                emptied += 1
            if emptied:  # whoever remembers them reads again
                numbers = Counters(connection)
                numbers.add("operator_version", 1)
                numbers.save()
        return Step(gone + emptied, 0 if len(found) == DEVICES_A_STEP else None)


def _written_through(connection: Connection) -> int:
    """All events to this id are written: it is not past the cursor, nor past a range to be written."""
    cursor = connection.execute(select(cursors.c.value).where(cursors.c.name == FORWARD_CURSOR)).scalar() or 0
    again = connection.execute(select(func.min(rewrites.c.first))).scalar()
    return cursor if again is None else min(cursor, again - 1)


def _being_folded(connection: Connection, streams: set[int]) -> set[int]:
    """Those of these streams whose device has been accepted: their kept events are about to be folded."""
    if not streams:
        return set()
    of = (devices.c.community == ledgers.c.community) & (devices.c.id == ledgers.c.device)
    query = select(ledgers.c.id).join_from(ledgers, devices, of)
    return set(connection.execute(query.where(devices.c.accepted, ledgers.c.id.in_(streams))).scalars())


def _shown(connection: Connection, hashes: list[str]) -> set[str]:
    """Those of these photos that a firing alert shows."""
    if not hashes:
        return set()
    firing = select(alerts.c.photo_sha256).where(
        alerts.c.state == "firing", alerts.c.photo_sha256.in_(hashes)
    )
    return set(connection.execute(firing).scalars())


def _forget_events(connection: Connection, community: str, device: str, limit: int) -> int:
    streams = select(ledgers.c.id).where(ledgers.c.community == community, ledgers.c.device == device)
    some = select(events.c.id).where(events.c.ledger.in_(streams)).limit(limit)
    gone = list(connection.execute(some).scalars())
    _delete(connection, events, events.c.id, gone)
    return len(gone)


def _delete(connection: Connection, table: Table, key: ColumnElement[Any], gone: list[Any]) -> None:
    if gone:
        connection.execute(delete(table).where(key.in_(gone)))
