"""SQLite as the operational store: one file, one writer at a time, readers beside it."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import Connection

from linli.errors import StoreUnavailable

BUSY_MS = 10_000
"""How long a writer waits for the other process's commit; ours take milliseconds."""

# WAL: a reader never waits for the writer, nor the writer for a reader.
# synchronous=FULL syncs the log at every commit. NORMAL would lose the last commits of a power cut, and those
# events were acknowledged: the device has deleted them.
# The log is copied back every 4,000 pages (16 MB), so that a page that many groups touch is copied once; and
# it is cut back to 64 MB after a slow reader made it grow.
_EVERY = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA temp_store = MEMORY",
)
_WRITER = (
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -32768",
)
_READER = ("PRAGMA query_only = ON", "PRAGMA cache_size = -8192")


def writer(url: URL) -> Engine:
    """The engine of the one connection that writes; its transactions take the write lock as they begin.

    Raises StoreUnavailable when the folder cannot be made or the file cannot be opened.
    """
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _use_wal(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"the store {path} cannot be opened: {error}") from error
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=30)
    _set_up(engine, _EVERY + _WRITER, "BEGIN IMMEDIATE")
    return engine


def readers(url: URL) -> Engine:
    """The engine of the connections that only read: each transaction sees one state of the store."""
    engine = create_engine(url, pool_size=4, max_overflow=28, pool_timeout=30)
    _set_up(engine, _EVERY + _READER, "BEGIN")
    return engine


def _use_wal(path: Path) -> None:
    """Turn WAL on for good. SQLite wants the file to itself for that, and two processes may start at once."""
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000)
    try:
        for attempt in range(1, 101):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:  # the busy handler is not asked at every step of it
                if "locked" not in str(error) or attempt == 100:
                    raise
                time.sleep(0.05)
            else:
                return
    finally:
        connection.close()


def _set_up(engine: Engine, pragmas: tuple[str, ...], begin: str) -> None:
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        for pragma in pragmas:
            connection.execute(pragma)

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
