"""Word of commits to a PostgreSQL database: LISTEN, and a NOTIFY in every transaction that tells a change.

The server sends it when the transaction is committed, and to nobody when it is not. A session that listens
and holds no transaction costs the writers nothing; one in a transaction would keep the server's queue of
notifications from being cleared.
"""

from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL
from sqlalchemy.engine import Connection

from linli.errors import StoreUnavailable

CHANNEL = "linli_commits"


def tell(connection: Connection) -> None:
    """Have all who listen woken when this transaction is committed."""
    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class PostgresqlCommits:
    """Commits of the store at this URL, over a connection of its own. `settings` are libpq's."""

    def __init__(self, url: URL, settings: dict[str, Any]) -> None:
        _, named = url.get_dialect()().create_connect_args(url)
        self._settings = {**named, **settings}
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, seconds: float) -> bool:
        """As the port has it."""
        try:
            if self._connection is None:
                self._connection = self._listening()
                return True
            # Those that came together wake us once; whoever reads then sees all that they speak of.
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailable(f"the store's commits cannot be watched: {error}") from error

    def close(self) -> None:
        """Closes its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _listening(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(**self._settings, autocommit=True)
        try:
            connection.execute("SET idle_session_timeout = 0")  # it stands still for as long as nothing comes
            connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error:
            connection.close()
            raise
        return connection
