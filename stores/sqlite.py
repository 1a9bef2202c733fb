"""SQLite as the operational store: one file, one writer at a time, readers beside it."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
)

from linli.errors import StoreUnavailable
from stores import wal
from stores.sqlite_commits import SqliteCommits

__all__ = ["claim", "commits", "file_of", "insert", "readers", "refuses", "release", "tell", "writer"]

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
    "PRAGMA cache_size = -16384",
)
_READER = ("PRAGMA query_only = ON", "PRAGMA cache_size = -2048")

Identity = tuple[int, int] | None
"""Which file a name stands for now: (device, inode); None when there is none."""


def file_of(url: str) -> Path | None:
    """The file of a SQLite store; None for a URL of something else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database).resolve()


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
    _set_up(engine, path, _EVERY + _WRITER, "BEGIN IMMEDIATE")
    _watch_the_log(engine, path)
    wal.cut(engine, path)
    return engine


def readers(url: URL) -> Engine:
    """The engine of the connections that only read: each transaction sees one state of the store."""
    # The one used last comes first: each of them keeps memory of its own for pages and statements.
    engine = create_engine(url, pool_size=4, max_overflow=28, pool_timeout=30, pool_use_lifo=True)
    _set_up(engine, Path(url.database or ""), _EVERY + _READER, "BEGIN")
    wal.Readings(wal.READ_WITHIN_S).watch(engine)
    return engine


def refuses(error: DBAPIError) -> bool:
    """Whether it will never take these values."""
    about_values = isinstance(error, IntegrityError | DataError | ProgrammingError | InterfaceError)
    return about_values and not error.connection_invalidated


def commits(url: URL) -> SqliteCommits:
    """Word of what is committed to this file."""
    return SqliteCommits(Path(url.database or ""))


def tell(_connection: Connection) -> None:
    """A commit is seen by whoever looks."""


def claim(_connection: Connection, _share: str) -> bool:
    """Everything is ours: ingest.identity lets one process alone work on a file."""
    return True


def release(_connection: Connection, _share: str) -> None:
    """Nobody waits for it."""


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


def _set_up(engine: Engine, path: Path, pragmas: tuple[str, ...], begin: str) -> None:
    opened = _identity(path)

    def on_do_connect(*_: object) -> None:
        _check(path, opened)  # a connection would make an empty file where there is none

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        for pragma in pragmas:
            connection.execute(pragma)

    def on_begin(connection: Connection) -> None:
        _check(path, opened)
        connection.exec_driver_sql(begin)

    event.listen(engine, "do_connect", on_do_connect)
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _watch_the_log(engine: Engine, path: Path) -> None:
    """Look at the file and its log once more at the last moment before a commit.

    A commit is acknowledged, and the device forgets its events. Into a file that has been deleted it would
    succeed, for nobody: the file goes with our last connection. SQLite never deletes the log while we have
    it open.
    """
    opened, log = _identity(path), path.with_name(f"{path.name}-wal")

    def on_begin(connection: Connection) -> None:  # after BEGIN IMMEDIATE, which has opened the log
        connection.info.setdefault("log", _identity(log))

    def on_commit(connection: Connection) -> None:
        _check(path, opened)
        _check(log, connection.info["log"])

    event.listen(engine, "begin", on_begin)
    event.listen(engine, "commit", on_commit)


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailable(f"the store's file {path} cannot be looked at: {error}") from error
    return found.st_dev, found.st_ino


def _check(path: Path, opened: Identity) -> None:
    """Raises StoreUnavailable when the name stands for another file than the one that is open."""
    now = _identity(path)
    if now == opened:
        return
    became = "was deleted or moved away" if now is None else "was replaced by another file"
    raise StoreUnavailable(
        f"the store's file {path} {became} while it was open; nothing is kept until it is back,"
        " or linli is started again over what is there"
    )
