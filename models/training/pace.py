"""Says how far a long step is and how long is left: a line a minute, so that a log can be read, too."""

from __future__ import annotations

import time

from rich.console import Console

EVERY_S = 60.0


class Pace:
    """Counts ``total`` of something done one after another; what was there already counts for no speed."""

    def __init__(self, console: Console, name: str, total: int) -> None:
        self._console, self._name, self._total = console, name, total
        self._begun = self._said = time.monotonic()
        self._done = self._found = 0

    def found(self, count: int) -> None:
        """``count`` were done by an earlier run."""
        self._done += count
        self._found += count
        self._begun = time.monotonic()

    def step(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._said >= EVERY_S:
            self._said = now
            speed = (self._done - self._found) / max(now - self._begun, 1e-9)
            left = (self._total - self._done) / max(speed, 1e-9) / 60
            self._console.print(
                f"  {self._name}: {self._done} of {self._total}, {speed:.1f}/s, {left:.0f} min left"
            )
