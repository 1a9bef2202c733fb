"""A work folder is of one set of photos and one recipe: what it keeps must not be taken for another's."""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from models.measuring.manifest import hashes
from models.training.files import save_text
from models.training.recipe import Amounts

FILE = "made-of.json"
LOCK = "lock"
PHOTO_BYTES = 300_000
"""What is kept for each photo, all told: its square, features, embedding, cut-out, and the fits."""


def claim(folder: Path, manifests: tuple[Path, ...], amounts: Amounts, photos: int) -> TextIO:
    """Notes in ``folder`` what it is filled from; nobody else may until what it returns is closed.

    Raises ValueError where it was begun with other things, or another run is at it; OSError where it cannot
    be written, or there is no room to begin with so many ``photos``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _note(folder, manifests, amounts, photos)
    except BlockingIOError:
        lock.close()
        raise ValueError(f"another run is at work in {folder}") from None
    except BaseException:
        lock.close()
        raise
    return lock


def _note(folder: Path, manifests: tuple[Path, ...], amounts: Amounts, photos: int) -> None:
    made_of = json.loads(json.dumps(asdict(amounts) | {"manifests": hashes(manifests)}))
    note = folder / FILE
    if not note.exists():
        free, needed = shutil.disk_usage(folder).free, photos * PHOTO_BYTES
        if free < needed:
            raise OSError(f"{free / 1e9:.1f} GB are free for {folder}, and {needed / 1e9:.1f} are needed")
        save_text(note, json.dumps(made_of, indent=1) + "\n")
        return
    before = json.loads(note.read_text(encoding="utf-8"))
    other = sorted(name for name in made_of | before if made_of.get(name) != before.get(name))
    if other:
        raise ValueError(
            f"{folder} was begun with other {', '.join(other)} ({FILE} says which): give another --work"
        )
