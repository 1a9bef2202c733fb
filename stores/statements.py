"""Statements for many rows: rows that replace what is there, or are added to it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Table, insert

from stores.database import Bulk, Database

KEYS_AT_ONCE = 200
"""Keys in one question: an older SQLite takes 999 parameters."""

T = TypeVar("T")


def inserting(database: Database, table: Table) -> Bulk:
    """New rows; one that is there is refused."""
    return Bulk(database, insert(table), names(table))


def inserting_missing(database: Database, table: Table) -> Bulk:
    """New rows; one that is there stays as it is."""
    return Bulk(database, database.insert(table).on_conflict_do_nothing(), names(table))


def replacing(
    database: Database,
    table: Table,
    columns: Iterable[str] = (),
    key: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> Bulk:
    """Rows of `columns` that replace those of the same `key` (the primary key), but for `keep`."""
    columns, fixed = list(columns) or names(table), {*(key or _key(table)), *keep}
    statement = database.insert(table)
    changed = {name: statement.excluded[name] for name in columns if name not in fixed}
    statement = statement.on_conflict_do_update(index_elements=list(key) or _key(table), set_=changed)
    return Bulk(database, statement, columns)


def adding(database: Database, table: Table, added: Iterable[str], key: Iterable[str] = ()) -> Bulk:
    """Rows whose `added` columns are added to those of the row of the same key."""
    statement = database.insert(table)
    changed = {name: table.c[name] + statement.excluded[name] for name in added}
    statement = statement.on_conflict_do_update(index_elements=list(key) or _key(table), set_=changed)
    return Bulk(database, statement, names(table))


def chunks(keys: Iterable[T]) -> Iterator[list[T]]:
    """The keys in lists that one question can hold."""
    rest = iter(keys)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        yield some


def names(table: Table) -> list[str]:
    """A table's columns, in order."""
    return [column.name for column in table.columns]


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]
