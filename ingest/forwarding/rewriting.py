"""Ranges of events that are to be written (again).

What could not be written in its turn, what a person's word has changed, and all that is kept when the
time-series store is a new one.
"""

from collections.abc import Callable

from ingest.forwarding.held import FULL, Held
from linli.ports.forwarding import ForwardStore, Range, RewriteRow

EVENTS_AT_ONCE = 5_000
_ROWS = 100


class Rewriter:
    """A slice at each step, beside what is new. `write` writes a range and returns what is left of it."""

    def __init__(self, store: ForwardStore, held: Held, write: Callable[[int, int], Range | None]) -> None:
        self._store = store
        self._held = held
        self._write = write
        self._row: RewriteRow | None = None
        """The range in hand, as it is stored."""
        self._at = 0
        self._left: Range | None = None
        """What could not be written of it so far."""
        self._waiting: set[RewriteRow] = set()
        """Ranges of which only that is left which cannot be written now."""
        self._again: set[RewriteRow] = set()
        """Those that waited, when the time of a day has come: their beginning shows whether it is better."""
        self._looked_ms = 0
        self.is_done = False
        """Nothing waits to be written again, as far as was seen when it was looked for last."""

    def put_off(self, first: int, last: int) -> None:
        """Keep a range that has just been tried, to be tried again when the time of its day has come."""
        self.is_done = False
        row, parts = self._store.write_later(first, last)
        in_hand = self._row
        if self._waiting.issuperset(parts):
            self._waiting.add(row)
        elif (self._waiting | self._again).issuperset(parts):
            self._again.add(row)
        elif in_hand is not None and in_hand in parts and row[1] == in_hand[1]:
            # What has been written of it stays written, however long the range grows at its end.
            self._row, self._left = row, _joined(self._left, (first, last))
        self._waiting.difference_update(parts)
        self._again.difference_update(parts)

    def step(self, steady_ms: int) -> bool:
        """Write a slice, if there is one; True when there may be more.

        Raises what `write` raises; nothing is then forgotten.
        """
        if self._held.came_due(self._looked_ms, steady_ms):
            self._again |= self._waiting
            self._waiting.clear()
        self._looked_ms = steady_ms
        if self._held.holds(FULL):
            return False
        row = self._next()
        if row is None:
            return False
        if row != self._row:
            self._row, self._at, self._left = row, row[1], None
        end = min(row[2], self._at + EVENTS_AT_ONCE - 1)
        left = self._write(self._at, end)
        if row in self._again and self._at == row[1] and left is not None and left[0] == row[1]:
            self._wait(row)  # what keeps it out still does, and the rest of it was tried before
            return True
        self._left = _joined(self._left, left)
        self._done(row, end)
        return True

    def _done(self, row: RewriteRow, end: int) -> None:
        """It has been tried up to here."""
        number, _, last = row
        if end >= last:
            self._store.rewritten(number, self._left)
            if self._left is not None:
                self._wait((number, *self._left))
            self._again.discard(row)
            self._row = None
            return
        self._at = end + 1
        if self._left is None:
            self._store.rewritten(number, (end + 1, last))
            self._again.discard(row)
            self._row = number, end + 1, last

    def _wait(self, row: RewriteRow) -> None:
        self._again.discard(row)
        self._waiting.add(row)
        self._row = None

    def _next(self) -> RewriteRow | None:
        """The first range that is worth trying."""
        after = 0
        self.is_done = False
        while rows := self._store.rewrites(_ROWS, after):
            for row in rows:
                if row not in self._waiting:
                    return row
            after = rows[-1][0]
        if not after:
            self._held.release(FULL)  # nothing is kept out any more
            self.is_done = True
        return None


def _joined(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
