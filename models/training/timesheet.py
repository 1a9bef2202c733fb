"""What each step took, and by which code, kept in the workshop over every time that it was taken up again."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.training.files import save_text


class Timesheet:
    """``steps.json`` of a workshop: for each step its seconds, by the clock and of all processors.

    ``code`` is the hash of ``models`` each time that it was at work.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "steps.json"

    def read(self) -> dict[str, dict[str, Any]]:
        if not self._path.exists():
            return {}
        return {str(step): dict(part) for step, part in json.loads(self._path.read_text()).items()}

    @contextmanager
    def noted(self, step: str) -> Iterator[None]:
        """Adds what happens inside to ``step``, also when it is broken off (but not by a SIGKILL)."""
        began, worked = time.monotonic(), _worked()
        try:
            yield
        finally:
            steps = self.read()
            known: dict[str, Any] = {"seconds": 0.0, "cpu_seconds": 0.0, "code": []} | steps.get(step, {})
            steps[step] = {
                "seconds": round(known["seconds"] + time.monotonic() - began, 2),
                "cpu_seconds": round(known["cpu_seconds"] + _worked() - worked, 2),
                "code": sorted({*known["code"], code_sha256()[:12]}),
            }
            save_text(self._path, json.dumps(steps, indent=1) + "\n")


def code_sha256(models: Path = Path(__file__).parents[1]) -> str:
    """Of every module of ``models`` with its place: what an answer or a fit can hang on."""
    code = hashlib.sha256()
    for path in sorted(models.rglob("*.py")):
        code.update(f"{path.relative_to(models).as_posix()}\n".encode() + path.read_bytes())
    return code.hexdigest()


def _worked() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])
