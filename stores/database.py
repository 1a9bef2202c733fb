"""A database as the operational store uses it: one that writes, several that read, errors in our words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Table, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from linli.errors import StoreRefused, StoreUnavailable
from linli.ports.commits import Commits

Values = tuple[Any, ...]


class Database:
    """Opens nothing before the first transaction, but for SQLite's file. `url` is an SQLAlchemy URL.

    What differs from one database to the other is in `stores.sqlite` and `stores.postgresql`.

    Raises StoreUnavailable when the file cannot be opened, StoreRefused for a URL that we have no driver for.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise StoreRefused(f"{url!r} is no database URL: {error}") from error
        self._kind = _kind(self.url)
        self._writer = self._kind.writer(self.url)
        self._readers = self._kind.readers(self.url)
        self.dialect = self._writer.dialect

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction: all of it or, after any exception, nothing."""
        with _in_our_words(self._kind.refuses), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the store, however many questions are asked of it."""
        with _in_our_words(self._kind.refuses), self._readers.begin() as connection:
            yield connection

    def claim(self, connection: Connection, share: str) -> bool:
        """Own this share of the work for as long as this connection stands, if nobody else does."""
        return bool(self._kind.claim(connection, share))

    def release(self, connection: Connection, share: str) -> None:
        """Own it no more."""
        self._kind.release(connection, share)

    def commits(self) -> Commits:
        """Word of what is committed here, by whoever it is. Opens nothing before it is waited for."""
        found: Commits = self._kind.commits(self.url)
        return found

    def tell(self, connection: Connection) -> None:
        """Have them woken who wait for commits, when this transaction is committed."""
        self._kind.tell(connection)

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT, in this database's dialect."""
        return self._kind.insert(table)

    def close(self) -> None:
        """Closes every connection; the store cannot be used any more."""
        self._writer.dispose()
        self._readers.dispose()


class Bulk:
    """A statement compiled once and handed to the driver with tuples, in the order of `columns`.

    SQLAlchemy's own way costs 2 to 4 µs a row in dictionaries and bind processors; a group has thousands.
    """

    def __init__(self, database: Database, statement: Insert | Any, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=database.dialect, column_keys=list(columns))
        if list(compiled.positiontup or ()) != list(columns):
            raise AssertionError(f"{compiled} takes {compiled.positiontup}, not {columns}")
        self._sql = str(compiled)

    def run(self, connection: Connection, rows: list[Values]) -> int:
        """Run it for each row; returns how many rows it wrote."""
        if not rows:
            return 0
        return connection.exec_driver_sql(self._sql, rows).rowcount


def database_of(url: str) -> str:
    """Which database it is, without who comes to it: host:port/name."""
    parsed = make_url(url)
    return f"{parsed.host}:{parsed.port}/{parsed.database}"


def _kind(url: URL) -> ModuleType:
    """The module of this sort of database. A server that has no PostgreSQL need not load its driver."""
    match url.get_backend_name():
        case "sqlite" if url.database:
            from stores import sqlite

            return sqlite
        case "postgresql" if url.database:
            from stores import postgresql

            return postgresql
    raise StoreRefused(
        f"{url!r}: a store is sqlite:///path/to/linli.db or postgresql+psycopg://user:password@host/database"
    )


@contextmanager
def _in_our_words(refuses: Callable[[DBAPIError], bool]) -> Iterator[None]:
    """Tells what will never be taken (the values) from what cannot be now (the database)."""
    try:
        yield
    except DBAPIError as error:  # else: locked, full, unreachable, damaged
        raise (StoreRefused if refuses(error) else StoreUnavailable)(_words(error)) from error
    except (
        OverflowError,
        UnicodeError,
    ) as error:  # what a driver raises for a value before the database sees it
        raise StoreRefused(f"the store cannot hold this value: {error}") from error
    except SQLAlchemyError as error:  # no free connection
        raise StoreUnavailable(_words(error)) from error


def _words(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"the operational store: {cause}"
