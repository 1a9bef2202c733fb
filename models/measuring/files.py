"""What the tools write, and the one line that they say where they cannot go on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def writable(path: Path) -> None:
    """Makes the folder of ``path``. Raises OSError where it could not be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.open("a", encoding="utf-8").close()


def write_json(content: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def said(tool: str, error: object) -> int:
    """Says what was wrong in one line; the status of a tool that could not do what it was asked."""
    sys.stderr.write(f"{tool}: {' '.join(str(error).split())}\n")
    return 2
