"""A work folder is of one set of photos, one recipe and one run: what it keeps is not another's."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from models.measuring.manifest import hashes
from models.training.files import save_text
from models.training.recipe import Amounts

FILE = "made-of.json"
LAYOUT = 2
"""Of what is kept in the folder, and how: counted up when older caches can no longer be gone on with."""
LOCK = "lock"
LET_GO_S = 5.0
"""So long the workers of a run that was killed may hold the lock."""
ROOM_BYTES, PHOTO_BYTES = 1_000_000_000, 230_000
"""What is needed whatever the photos (networks, checkpoints, made pictures), and for each of them."""


@contextmanager
def claimed(folder: Path, manifests: tuple[Path, ...], amounts: Amounts, photos: int) -> Iterator[None]:
    """Within it nobody else works in ``folder``, which notes what it is filled from.

    Raises ValueError where it was begun with other things, or another run is at it; OSError where it cannot
    be written, or there is no room to begin with so many ``photos``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        _hold(lock, folder)
        in_order = list(hashes(manifests).items())  # much is kept by a photo's row
        _note(folder, {"layout": LAYOUT, "manifests": in_order} | asdict(amounts), photos)
        yield


def _hold(lock: TextIO, folder: Path) -> None:
    until = time.monotonic() + LET_GO_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise ValueError(f"another run is at work in {folder}") from None
            time.sleep(0.2)


def _note(folder: Path, made_of: dict[str, Any], photos: int) -> None:
    made_of = json.loads(json.dumps(made_of))
    note = folder / FILE
    if not note.exists():
        free, needed = shutil.disk_usage(folder).free, ROOM_BYTES + photos * PHOTO_BYTES
        if free < needed:
            raise OSError(f"{free / 1e9:.1f} GB are free for {folder}, and {needed / 1e9:.1f} are needed")
        save_text(note, json.dumps(made_of, indent=1) + "\n")
        return
    try:
        before = dict(json.loads(note.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise ValueError(f"{note} is damaged: give another --work") from None
    other = sorted(name for name in made_of | before if made_of.get(name) != before.get(name))
    if other:
        raise ValueError(
            f"{folder} was begun with other {', '.join(other)} ({FILE} says which): give another --work"
        )
