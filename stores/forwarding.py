"""How far the time-series store is behind: the forwarder's cursor, and the ranges it is to write again."""

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from linli.ports.operational import FORWARD_CURSOR
from stores.schema import counters, cursors, rewrites

_cursor = select(cursors.c.value).where(cursors.c.name == FORWARD_CURSOR)


def forwards(connection: Connection) -> bool:
    """Whether anybody has ever forwarded from this store."""
    return connection.execute(_cursor).scalar() is not None


def lag(connection: Connection) -> int:
    """Events that are to be written, or written again; 0 while nobody forwards."""
    done = connection.execute(_cursor).scalar()
    if done is None:
        return 0
    last = connection.execute(select(counters.c.value).where(counters.c.name == "event")).scalar_one()
    again = connection.execute(select(func.sum(rewrites.c.last - rewrites.c.first + 1))).scalar()
    return int(max(0, last - done) + (again or 0))
