"""The file of an outbox: how it is opened, made, and replaced when it is damaged.

Durability is SQLite's. WAL, so that an append is one write and one sync, and not three. synchronous=FULL,
because in WAL mode NORMAL syncs only at checkpoints: a power cut would then take back events that were
already published under numbers which would be given out again, and ingest would take the new events for
copies of the old. FULL syncs the log at every commit, so a number that was ever given out stays given out.
What only forgets (a receipt's deletions) is written with NORMAL: a power cut may bring it back, and then it
is sent again. secure_delete=FAST, because Debian's SQLite would else write zeros over every photo that
leaves: flash is not made forgetful by that, only worn (docs/decisions/0010).
locking_mode=EXCLUSIVE keeps a second process from publishing from the same file; `kill -9` lets go of the
lock.

A file that a power cut takes back whole was never synced, so its epoch was never used: the next one is
another.
"""

import logging
import secrets
import sqlite3
from pathlib import Path

from edge.errors import OutboxError
from edge.outbox import Outbox

log = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024 * 1024
"""Events and photos an outbox may hold: at 20 KB a photo some 13,000 deposits, weeks without a network."""

_PRAGMAS = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 256;
PRAGMA journal_size_limit = 1048576;
PRAGMA secure_delete = FAST;
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS life (
    only INTEGER PRIMARY KEY CHECK (only = 1), epoch TEXT NOT NULL, given INTEGER NOT NULL,
    dropped INTEGER NOT NULL, photos_dropped INTEGER NOT NULL, replaced INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, rank INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS safety ON events (seq) WHERE rank = 0;
CREATE TABLE IF NOT EXISTS photos (
    number INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,
    jpeg BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS taken (source TEXT PRIMARY KEY) WITHOUT ROWID;
"""


def open_outbox(path: Path, max_bytes: int = MAX_BYTES) -> Outbox:
    """Open the outbox in this file, making it, with a new epoch, where there is none.

    A damaged file is set aside under another name and a new one made: its numbers then stay missing in the
    ledger of the old epoch, which is the truth, and the bin works on. Raises OutboxError when the file cannot
    be used at all: another process has it, or the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path, max_bytes)
    except sqlite3.OperationalError as error:  # locked, full, not allowed: the file itself may be sound
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise OutboxError(
                f"another process uses the outbox {path}: a device is one process, and has a name of its own"
            ) from error
        raise OutboxError(f"the outbox {path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        aside = _set_aside(path)
        log.warning(
            "the outbox %s is damaged (%s); it is now %s and a new one begins", path, error, aside.name
        )
        return _open(path, max_bytes)
    except OSError as error:
        raise OutboxError(f"the outbox {path} cannot be made: {error}") from error


def _open(path: Path, max_bytes: int) -> Outbox:
    connection = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    try:
        connection.executescript(_PRAGMAS)
        connection.execute("BEGIN IMMEDIATE")  # takes the lock for good, or fails here and not at an append
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        # The epoch is an identity, not a sample: it must differ between devices that start alike.
        connection.execute("INSERT OR IGNORE INTO life VALUES (1, ?, 0, 0, 0, 0)", (secrets.token_hex(8),))
        connection.execute("COMMIT")
        return Outbox(connection, max_bytes)
    except BaseException:
        connection.close()
        raise


def _set_aside(path: Path) -> Path:
    at = 1
    while (aside := path.with_name(f"{path.name}.damaged{at}")).exists():
        at += 1
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    path.rename(aside)
    return aside
