"""Who this ingest is, to the broker and to the others.

The broker keeps a persistent session under the client id; two processes with the same throw each other
out. Two on one store would each hold ledgers that the other changes: a store in a file is held by a lock
beside it, and a PostgreSQL by what ingest.ownership claims.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import IO

from linli.errors import LinliError
from stores.database import database_of
from stores.sqlite import file_of


class AlreadyRunning(LinliError):
    """Another ingest works in this data directory, or on this store."""


def client_id(folder: Path, store: str, share: Collection[str]) -> str:
    """The MQTT client id: of this data directory, made at the first start, or of a share of PostgreSQL.

    All who stand by for each other have the same, so that the session passes to whoever takes over.
    """
    if file_of(store) is None:
        name = " ".join([database_of(store), *sorted(share)])
        return f"linli-ingest-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    file = folder / "ingest-client-id"
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.write_text(f"linli-ingest-{secrets.token_hex(6)}\n", encoding="ascii")
        draft.replace(file)
    return file.read_text(encoding="ascii").strip()


def lock(folder: Path) -> IO[str]:
    """Hold the data directory for as long as the returned file is open. Raises AlreadyRunning, OSError."""
    return _hold(folder / "ingest.lock", f"works in {folder}")


def lock_store(database: Path) -> IO[str]:
    """Hold a store in a file, wherever its data directory is. Raises AlreadyRunning, OSError."""
    beside = database.with_name(f"{database.name}.ingest.lock")
    return _hold(beside, f"works on the store {database}")


def _hold(place: Path, what: str) -> IO[str]:
    place.parent.mkdir(parents=True, exist_ok=True)
    file = place.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunning(f"another ingest (pid {owner}) {what}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
