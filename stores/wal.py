"""SQLite's write-ahead log, kept from growing without an end.

What a reader sees must stay in the log for as long as it looks, and nothing written after it can be cut away.
So a reading that lasts is ended (`Readings`), and a log that has grown all the same, since some reader always
overlaps the next, is cut back by the writer in a moment when it makes them wait (`cut`).

A list that is long is read page by page, each page a reading of its own: nobody's slow line holds one open.
"""

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from linli.errors import StoreUnavailable

READ_WITHIN_S = 30.0
"""As PostgreSQL's readers have it. Ours take milliseconds; a month's chart from raw events, a second."""
LOG_LONG = 64 * 2**20
LOOK_EVERY_S = 1.0
CUT_WAITS_MS = 200
"""How long the writer, and the readers that begin, wait for the readers of a moment ago."""
CUT_AGAIN_S = 5.0

_OVER = "reading over"


class Reading(Struct):
    """An open reading: its connection, what is kept beside that, and until when."""

    raw: sqlite3.Connection
    info: dict[Any, Any]
    until: float


class Readings:
    """The open readings of one engine, and the thread that ends those which last too long."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._open: dict[int, Reading] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, engine: Engine) -> None:
        """Bound every reading of this engine."""
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "before_cursor_execute", self._may_go_on)
        event.listen(engine, "handle_error", self._say_why)
        event.listen(engine, "checkin", self._ended)

    def _begun(self, connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        with self._changed:
            self._open[id(raw)] = Reading(raw, connection.info, time.monotonic() + self._within_s)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="readings", daemon=True)
                self._thread.start()

    def _ended(self, raw: Any, record: Any) -> None:
        with self._changed:
            self._open.pop(id(raw), None)
            record.info.pop(_OVER, None)  # whoever has the connection next begins anew

    def _may_go_on(self, connection: Connection, *_: object) -> None:
        """A second question would see another state than the first."""
        if _OVER in connection.info:
            raise self._too_long()

    def _say_why(self, context: ExceptionContext) -> None:
        if context.connection is not None and _OVER in context.connection.info:
            raise self._too_long() from context.original_exception

    def _too_long(self) -> StoreUnavailable:
        return StoreUnavailable(f"a reading of the store took longer than {self._within_s:g} s: ask for less")

    def _run(self) -> None:
        """Until nothing has been read for as long as a reading may take."""
        while True:
            with self._changed:
                if not self._open and not self._changed.wait_for(lambda: self._open, self._within_s):
                    self._thread = None
                    return
                nearest = min((one.until for one in self._open.values()), default=time.monotonic())
                self._changed.wait(max(0.0, nearest - time.monotonic()))
                for key in [key for key, one in self._open.items() if one.until <= time.monotonic()]:
                    self._end(self._open.pop(key))

    @staticmethod
    def _end(reading: Reading) -> None:
        reading.info[_OVER] = True
        with suppress(sqlite3.Error):
            reading.raw.interrupt()
            reading.raw.rollback()


def cut(engine: Engine, path: Path) -> None:
    """Have this engine's writer cut the log back before a transaction, when it has become long."""
    log = path.with_name(f"{path.name}-wal")
    again = 0.0

    def on_checkout(raw: Any, *_: object) -> None:  # before its transaction begins
        nonlocal again
        now = time.monotonic()
        if now < again:
            return
        again = now + LOOK_EVERY_S
        if size(log) > LOG_LONG:
            again = now + CUT_AGAIN_S
            _cut_now(raw)

    event.listen(engine, "checkout", on_checkout)


def size(log: Path) -> int:
    """Bytes; 0 when there is none."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def _cut_now(raw: sqlite3.Connection) -> None:
    """Copy all of it back and make it empty, if the readers let go in time; else another time."""
    [(patience_ms,)] = raw.execute("PRAGMA busy_timeout").fetchall()
    raw.execute(f"PRAGMA busy_timeout = {CUT_WAITS_MS}").fetchall()
    try:
        with suppress(sqlite3.Error):  # a disk that is full says so to the commit
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        raw.execute(f"PRAGMA busy_timeout = {patience_ms}").fetchall()
