"""The store as the forwarder sees it: events as points are made of them, its cursor, and the ranges that it
is to write again.
"""

from typing import Any

from sqlalchemy import bindparam, case, delete, insert, select, update

from linli.ports.forwarding import PlainPoints, PointRow, Range, RewriteRow
from stores import behind, lines
from stores.database import Database
from stores.schema import deposits, events, ledgers, rewrites
from stores.side import Side

NEAR = 5_000
"""Ranges with no more than so many events between them become one: a list of them stays short."""

_outcome = select(deposits.c.outcome).where(deposits.c.id == events.c.id).scalar_subquery()
_points = (
    select(
        events.c.id,
        events.c.kind,
        ledgers.c.community,
        events.c.building,
        ledgers.c.device,
        events.c.seq,
        events.c.placed_ms,
        events.c.body,
        case((events.c.kind == "deposit", _outcome)),
    )
    .join_from(events, ledgers, ledgers.c.id == events.c.ledger)
    .where(
        events.c.id.between(bindparam("first"), bindparam("last")),
        events.c.building != "",
        events.c.kind.in_(("telemetry", "deposit")),
    )
    .order_by(events.c.id)
)


class Forwarding(Side):
    """ForwardStore, but for what ingest needs as well."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._cut = lines.statement(database.dialect.name)

    def newest_event(self) -> int:
        """The largest event id that was ever given out."""
        with self._database.reading() as connection:
            return behind.newest(connection)

    def points_between(self, first: int, last: int) -> list[PointRow]:
        """The events with these ids, both inclusive, that become points: telemetry and deposits of devices
        that somebody has accepted, in order of their ids.
        """
        with self._database.reading() as connection:
            found: Any = connection.execute(_points, {"first": first, "last": last})
            rows: list[PointRow] = found.cursor.fetchall()  # the driver's own tuples: half the time
        return rows

    def plain_points(self, first: int, last: int) -> PlainPoints:
        """Of the same events the readings that are stored as ingest stores them, as lines, and the others."""
        with self._database.reading() as connection:
            text, whole = lines.cut(connection, self._cut, first, last)
            if whole:
                return PlainPoints(text, [])
            rest = _points.where(lines.not_plain) if text else _points
            found: Any = connection.execute(rest, {"first": first, "last": last})
            return PlainPoints(text, found.cursor.fetchall())

    def rewrites(self, limit: int, after: int = 0) -> list[RewriteRow]:
        """Ranges that are to be written, or written again: (number of the range, first, last), by number."""
        row = rewrites.c
        query = select(row.id, row.first, row.last).where(row.id > after).order_by(row.id).limit(limit)
        with self._database.reading() as connection:
            return [(number, first, last) for number, first, last in connection.execute(query)]

    def write_later(self, first: int, last: int) -> tuple[RewriteRow, list[RewriteRow]]:
        """Keep a range to be written later. Near ones become one: what lies between is written again.

        Returns the range as it is kept, under a new number, and those that have become part of it.
        """
        row = rewrites.c
        near = select(row.id, row.first, row.last).where(row.first <= last + NEAR, row.last >= first - NEAR)
        with self._database.writing() as connection:
            known = connection.execute(near.order_by(row.id)).all()
            first = min([first, *(one.first for one in known)])
            last = max([last, *(one.last for one in known)])
            connection.execute(delete(rewrites).where(row.id.in_([one.id for one in known])))
            # Under a new number: whoever goes through them by number comes past it again.
            made = insert(rewrites).values(first=first, last=last).returning(row.id)
            number = int(connection.execute(made).scalar_one())
        return (number, first, last), [(one.id, one.first, one.last) for one in known]

    def rewritten(self, number: int, left: Range | None = None) -> None:
        """Say that a range has been written, but for what is `left` of it."""
        one = rewrites.c.id == number
        with self._database.writing() as connection:
            if left is None:
                connection.execute(delete(rewrites).where(one))
            else:
                connection.execute(update(rewrites).where(one).values(first=left[0], last=left[1]))

    def received_from(self, at_ms: int) -> int:
        """The first event that was received at this time (ms) or later; one past the newest when none was.

        By halves: ids follow the order of commits, and no index over all events is kept for this alone.
        """
        with self._database.reading() as connection:
            low, high = 1, behind.newest(connection) + 1
            while low < high:
                middle = (low + high) // 2
                found = behind.received(connection, middle)
                if found is None or found >= at_ms:
                    high = middle
                else:
                    low = middle + 1
        return low

    def behind_since(self) -> int | None:
        """When the oldest event that is still to be written was received, ms; None when none is."""
        with self._database.reading() as connection:
            return behind.since(connection)
