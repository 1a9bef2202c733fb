"""How far the time-series store is behind: the forwarder's cursor, and the ranges it is to write again."""

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from linli.ports.forwarding import FORWARD_CURSOR
from stores.schema import counters, cursors, events, rewrites

_cursor = select(cursors.c.value).where(cursors.c.name == FORWARD_CURSOR)
_newest = select(counters.c.value).where(counters.c.name == "event")


def forwards(connection: Connection) -> bool:
    """Whether anybody has ever forwarded from this store."""
    return connection.execute(_cursor).scalar() is not None


def newest(connection: Connection) -> int:
    """The largest event id that was ever given out."""
    return int(connection.execute(_newest).scalar() or 0)


def lag(connection: Connection) -> int:
    """Events that are to be written, or written again; 0 while nobody forwards."""
    done = connection.execute(_cursor).scalar()
    if done is None:
        return 0
    again = connection.execute(select(func.sum(rewrites.c.last - rewrites.c.first + 1))).scalar()
    return int(max(0, newest(connection) - done) + (again or 0))


def since(connection: Connection) -> int | None:
    """When the oldest of them was received, ms; None when there is none."""
    done = connection.execute(_cursor).scalar()
    if done is None:
        return None
    again = connection.execute(select(func.min(rewrites.c.first))).scalar()
    oldest = done + 1 if again is None else min(done + 1, again)
    return received(connection, oldest)


def received(connection: Connection, event_id: int) -> int | None:
    """When this event was received, or the next that there is, ms."""
    row = events.c
    return connection.execute(
        select(row.received_ms).where(row.id >= event_id).order_by(row.id).limit(1)
    ).scalar()
