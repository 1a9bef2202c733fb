"""Numbers that grow inside the transactions that use them.

Ids are given out here and not by the database, because a cursor runs over them: they must follow the order of
commits and never be used twice, even when the newest rows have been deleted.
"""

from functools import cache

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection, Dialect

from stores.schema import counters

# The operator's version; the last id given out of each sort; how many rows the big tables have.
NAMES = (
    "operator_version",
    *("event", "alert_change", "dead_letter", "live_change"),
    *("events", "deposits", "photos"),
)

# Writers come one at a time (Database.writing), so what is read here nobody changes before it is written.
_read = select(counters.c.name, counters.c.value)
_write = update(counters).values(value=bindparam("new")).where(counters.c.name == bindparam("counter"))


@cache
def _texts(dialect: Dialect) -> tuple[str, str]:
    """Reading and writing in a database's own words, compiled once: every commit does both."""
    return str(_read.compile(dialect=dialect)), str(_write.compile(dialect=dialect))


class Counters:
    """The counters within one transaction that writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        read, self._write = _texts(connection.dialect)
        self._stored: dict[str, int] = {row[0]: row[1] for row in connection.exec_driver_sql(read)}
        self._values = self._stored.copy()

    def __getitem__(self, name: str) -> int:
        return self._values[name]

    def take(self, name: str, n: int) -> int:
        """The first of `n` numbers in a row that are now given out."""
        self._values[name] += n
        return self._values[name] - n + 1

    def add(self, name: str, n: int) -> None:
        """Count `n` more."""
        self._values[name] += n

    def save(self) -> None:
        """Write what has changed."""
        changed = [(value, name) for name, value in self._values.items() if value != self._stored[name]]
        if changed:
            self._connection.exec_driver_sql(self._write, changed)
        self._stored = self._values.copy()
