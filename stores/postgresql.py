"""PostgreSQL as the operational store: one writer at a time here too, and readers that see one state.

`psycopg` 3 drives it. A commit is on the server's disk when it returns. Where the server is away, the caller
waits.
"""

import hashlib
from typing import Any

from psycopg import DataError, NotSupportedError, ProgrammingError
from psycopg.types.numeric import FloatDumper
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from linli.errors import StoreRefused
from linli.ports.claims import DUTIES, EVERYTHING
from stores.postgresql_commits import PostgresqlCommits, tell

__all__ = ["claim", "commits", "insert", "readers", "refuses", "release", "tell", "writer"]

BUSY_MS = 10_000
"""How long a writer waits for the others' commits; ours take milliseconds."""
CONNECT_S = 5
OLDEST = 140_000
"""Before it a server does not end a session that stands still."""

_WRITERS_LOCK = 0x6C696E6C69
"""'linli' in ASCII: the advisory lock of whoever writes."""

_EVERY = {
    "application_name": "linli",
    "client_encoding": "UTF8",
    "connect_timeout": CONNECT_S,
    # A server whose machine is gone says nothing: it is missed after 20 s and not after two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
# A writer that stands still in the middle of its transaction (stopped, or its machine is gone) holds the lock
# that all others wait for, so the server ends it.
_WRITER = (
    f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout={BUSY_MS}"
    " -c default_transaction_isolation=read\\ committed"
)

# An ingest looks at what it owns every second; one that stands still lets go of it.
_OWNER = (
    "idle_session_timeout = '30s'",
    "tcp_keepalives_idle = 10",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 2",
)

# Readers too are ended when they stand still: an old state that somebody looks at cannot be cleaned away.
_READER = (
    "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"
    " -c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000"
)

_VALUES = ("22", "23", "54")
"""Classes of errors that are about the row: data, constraints, too large for an index."""


def writer(url: URL) -> Engine:
    """The engine of the one connection that writes.

    Its transactions begin by taking the one lock of all writers of this database, and hold it until their
    commit is visible. So the numbers that they give out are visible in order, as a cursor over them needs it,
    and what one of them has read nobody changes before it has written.
    """
    engine = create_engine(
        _with_psycopg(url),
        paramstyle="format",  # what stores.database.Bulk hands to the driver are tuples
        pool_size=1,
        max_overflow=0,
        pool_timeout=30,
        connect_args=_EVERY | {"options": _WRITER},
    )

    def on_connect(connection: Any, _record: object) -> None:
        _check(connection)
        connection.adapters.register_dumper(float, _NumberDumper)

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def readers(url: URL) -> Engine:
    """The engine of the connections that only read: each transaction sees one state of the store."""
    return create_engine(
        _with_psycopg(url),
        paramstyle="format",
        pool_size=4,
        max_overflow=28,
        pool_timeout=30,
        pool_pre_ping=True,  # a server that was started again has broken all of them, and no page shows that
        connect_args=_EVERY | {"options": _READER},
    )


def refuses(error: DBAPIError) -> bool:
    """Whether it will never take these values. A missing grant or table is the fault of no value."""
    if error.connection_invalidated:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # psycopg itself: a NUL in a text, a type that it does not know
        return isinstance(error.orig, DataError | ProgrammingError | NotSupportedError)
    return state[:2] in _VALUES


def commits(url: URL) -> PostgresqlCommits:
    """Word of what is committed to this database."""
    return PostgresqlCommits(_with_psycopg(url), _EVERY)


def claim(connection: Connection, share: str) -> bool:
    """Take the advisory lock of a share: it is held by the session, whatever becomes of the transaction.

    Who owns everything holds alone what each owner of a community holds together with the others. A machine
    that is gone, or a process that stands still, loses its session and with it what it owns.
    """
    if share in {EVERYTHING, DUTIES}:
        got = _try(connection, "pg_try_advisory_lock", share)
    else:
        got = _try(connection, "pg_try_advisory_lock_shared", EVERYTHING)
        if got and not _try(connection, "pg_try_advisory_lock", share):
            _try(connection, "pg_advisory_unlock_shared", EVERYTHING)
            got = False
    if got:
        for setting in _OWNER:
            connection.exec_driver_sql(f"SET {setting}")
    return got


def release(connection: Connection, share: str) -> None:
    """Give the advisory lock of a share back."""
    _try(connection, "pg_advisory_unlock", share)
    if share not in {EVERYTHING, DUTIES}:
        _try(connection, "pg_advisory_unlock_shared", EVERYTHING)


def _try(connection: Connection, function: str, share: str) -> bool:
    key = int.from_bytes(hashlib.sha256(f"linli {share}".encode()).digest()[:8], signed=True)
    return bool(connection.exec_driver_sql(f"SELECT {function}({key})").scalar())


class _NumberDumper(FloatDumper):
    """NaN is no value of ours. SQLite takes it for NULL and refuses it; PostgreSQL would keep it."""

    def dump(self, obj: float) -> Any:
        if obj != obj:  # noqa: PLR0124 - this is what NaN is
            raise DataError("NaN is no number")
        return super().dump(obj)


def _with_psycopg(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg")


def _check(connection: Any) -> None:
    """Only UTF-8 holds every name; and a commit that is not synced is none."""
    if connection.info.server_version < OLDEST:
        raise StoreRefused(f"this PostgreSQL is version {connection.info.server_version}: 14 is the oldest")
    [encoding] = connection.execute("SHOW server_encoding").fetchone()
    if encoding != "UTF8":
        raise StoreRefused(f"the database's encoding is {encoding}: make it with ENCODING 'UTF8'")
    [synchronous] = connection.execute("SHOW synchronous_commit").fetchone()
    if synchronous == "off":
        connection.execute("SET synchronous_commit = on")
    connection.commit()
