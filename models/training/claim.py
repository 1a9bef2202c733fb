"""A work folder is of one set of photos and one recipe: what it keeps must not be taken for another's."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from models.measuring.manifest import hashes
from models.training.files import save_text
from models.training.recipe import Amounts

FILE = "made-of.json"


def claim(folder: Path, manifests: tuple[Path, ...], amounts: Amounts) -> None:
    """Notes in ``folder`` what it is filled from. Raises ValueError where it was begun with other things."""
    made_of = json.loads(json.dumps(asdict(amounts) | {"manifests": hashes(manifests)}))
    note = folder / FILE
    if not note.exists():
        save_text(note, json.dumps(made_of, indent=1) + "\n")
        return
    before = json.loads(note.read_text(encoding="utf-8"))
    other = sorted(name for name in made_of | before if made_of.get(name) != before.get(name))
    if other:
        raise ValueError(
            f"{folder} was begun with other {', '.join(other)} ({FILE} says which): give another --work"
        )
