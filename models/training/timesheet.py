"""What each step took, kept in the workshop over every time that it was taken up again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.training.files import save_text


class Timesheet:
    """``steps.json`` of a workshop: for each step its seconds, by the clock and of all processors."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "steps.json"

    def read(self) -> dict[str, dict[str, float]]:
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
            known = steps.get(step, {"seconds": 0.0, "cpu_seconds": 0.0})
            steps[step] = {
                "seconds": round(known["seconds"] + time.monotonic() - began, 2),
                "cpu_seconds": round(known["cpu_seconds"] + _worked() - worked, 2),
            }
            save_text(self._path, json.dumps(steps, indent=1) + "\n")


def _worked() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])
