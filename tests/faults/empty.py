"""Empty stores with their tables made: SQLite's file is copied, PostgreSQL's database is cloned."""

import shutil
import time
from pathlib import Path

import psycopg

from deploy.ports import unused
from stores.operational import FILE, open_store, sqlite_url
from tests.faults.servers import binary
from tests.postgresql import RunningPostgres


class Stores:
    """Where each run gets one of its own. PostgreSQL is started when the first wants it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        open_store(sqlite_url(folder)).close()
        self.postgres: RunningPostgres | None = None
        self._template = self._last = ""

    def sqlite(self, folder: Path) -> str:
        """The URL of a new file in this folder."""
        shutil.copyfile(self._folder / FILE, folder / FILE)
        return sqlite_url(folder)

    def postgresql(self) -> tuple[RunningPostgres, str]:
        """The server, and the URL of a new database."""
        if self.postgres is None:
            path = binary("postgres")
            assert path is not None
            self.postgres = RunningPostgres(path, unused(1)[0])
            self.postgres.start()
            url = self.postgres.new_database()
            open_store(url).close()
            self._template = url.rpartition("/")[2]
        name = f"run_{time.monotonic_ns()}"
        with self._connected(self.postgres) as connection:
            if self._last:  # a database has hundreds of files
                connection.execute(f"DROP DATABASE {self._last} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        self._last = name
        return self.postgres, self.postgres.url(name)

    def _connected(self, server: RunningPostgres) -> psycopg.Connection[tuple[object, ...]]:
        try:
            return server.connect()
        except psycopg.OperationalError:  # a run that failed has left it killed
            server.start()
            return server.connect()

    def close(self) -> None:
        if self.postgres is not None:
            self.postgres.stop()
