"""What the tools write, and the one line that they say where they cannot go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def writable(path: Path) -> None:
    """Makes the folder of ``path``, and no file. Raises OSError where it could not be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.exists()
    path.open("a", encoding="utf-8").close()
    if not there:
        path.unlink()


def apart(outputs: Iterable[Path | None], inputs: Iterable[Path]) -> None:
    """Raises ValueError where an output, None for one that is not asked for, would replace an input."""
    known = {path.resolve() for path in inputs}
    for path in filter(None, outputs):
        if path.resolve() in known:
            raise ValueError(f"{path} is what is read: it would be written over")


def write_json(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def said(tool: str, error: object) -> int:
    """Says what was wrong in one line; the status of a tool that could not do what it was asked."""
    sys.stderr.write(f"{tool}: {' '.join(str(error).split())}\n")
    return 2
