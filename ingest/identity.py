"""Who this ingest is: one process for each data directory, with one client id for ever.

The broker keeps a persistent session under the client id; two processes with the same would throw each
other out.
"""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

from linli.errors import LinliError


class AlreadyRunning(LinliError):
    """Another ingest works in this data directory."""


def client_id(folder: Path) -> str:
    """The MQTT client id of this data directory, made at the first start."""
    file = folder / "ingest-client-id"
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.write_text(f"linli-ingest-{secrets.token_hex(6)}\n", encoding="ascii")
        draft.replace(file)
    return file.read_text(encoding="ascii").strip()


def lock(folder: Path) -> IO[str]:
    """Hold the data directory for as long as the returned file is open. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "ingest.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunning(f"another ingest (pid {owner}) works in {folder}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
