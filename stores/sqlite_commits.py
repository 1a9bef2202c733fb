"""Word of commits to a SQLite file: a number that SQLite keeps, looked at often.

`PRAGMA data_version` is another number once some other connection, of any process, has committed. Asking for
it costs 3 µs, a look at the memory that connections share, and its transaction ends with the answer. Nothing
in SQLite wakes another process.
"""

import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from linli.errors import StoreUnavailable

LOOK_EVERY_S = 0.01


class SqliteCommits:
    """Commits of the store in this file. It never makes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Which file the connection has open: (device, inode)."""
        self._version = -1

    def wait(self, seconds: float) -> bool:
        """As the port has it. Of another file under the same name it is said that there was a commit."""
        until = time.monotonic() + seconds
        try:
            connection = self._opened()
            while True:
                [(version,)] = connection.execute("PRAGMA data_version").fetchall()
                if version != self._version:
                    self._version = version
                    return True
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                time.sleep(min(LOOK_EVERY_S, left_s))
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StoreUnavailable(f"the store {self._path} cannot be watched: {error}") from error

    def close(self) -> None:
        """Closes its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        found = self._path.stat()
        file = found.st_dev, found.st_ino
        if self._connection is None or file != self._file:
            self.close()
            self._connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA query_only = ON")
            self._file, self._version = file, -1
        return self._connection
