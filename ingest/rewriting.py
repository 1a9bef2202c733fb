"""Ranges of events that are to be written (again).

What could not be written in its turn, what a person's word has changed, and all that is kept when the
time-series store is a new one.
"""

from collections.abc import Callable

from ingest.held import FULL, Held
from linli.ports.forwarding import ForwardStore, Range

EVENTS_AT_ONCE = 5_000
_ROWS = 100


class Rewriter:
    """A slice at each step, beside what is new. `write` writes a range and returns what is left of it."""

    def __init__(self, store: ForwardStore, held: Held, write: Callable[[int, int], Range | None]) -> None:
        self._store = store
        self._held = held
        self._write = write
        self._row: tuple[int, int, int] | None = None
        """The range in hand, as it is stored."""
        self._at = 0
        self._left: Range | None = None
        """What could not be written of it so far."""
        self._waiting: set[tuple[int, int, int]] = set()
        """Ranges of which only that is left which cannot be written now."""

    def step(self, steady_ms: int) -> bool:
        """Write a slice, if there is one. Raises what `write` raises; nothing is then forgotten."""
        due = self._held.due_ms()
        if due is None or due <= steady_ms:
            self._waiting.clear()
        if self._held.holds(FULL):
            return False
        row = self._next()
        if row is None:
            return False
        if row != self._row:
            self._row, self._at, self._left = row, row[1], None
        number, _, last = row
        end = min(last, self._at + EVENTS_AT_ONCE - 1)
        self._left = _joined(self._left, self._write(self._at, end))
        if end >= last:
            self._store.rewritten(number, self._left)
            if self._left is not None:
                self._waiting.add((number, *self._left))
            self._row = None
        elif self._left is None:
            self._store.rewritten(number, (end + 1, last))
            self._row, self._at = (number, end + 1, last), end + 1
        else:
            self._at = end + 1
        return True

    def _next(self) -> tuple[int, int, int] | None:
        """The first range that is worth trying."""
        after = 0
        while rows := self._store.rewrites(_ROWS, after):
            for row in rows:
                if row not in self._waiting:
                    return row
            after = rows[-1][0]
        if not after:
            self._held.release(FULL)  # nothing is kept out any more
        return None


def _joined(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
