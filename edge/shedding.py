"""What is given up when the outbox is full, and in which order."""

import sqlite3
from typing import NamedTuple

from edge.admission import Rank

EVENT_SIZE = "(length(body) + 24)"
PHOTO_SIZE = "((length(jpeg) / 4092 + 1) * 4096 + 160)"
"""What a row takes in the file, bytes: a photo is kept in pages of its own."""
ROOM_BYTES = 256 * 1024
ROOM_SHARE = 50
"""So much is freed beyond what must be, at most the limit's fiftieth: not every append has to, and none takes
long.
"""


class Shed(NamedTuple):
    """What was given up, and the bytes that it took."""

    events: int
    photos: int
    size: int


class _Heap(NamedTuple):
    """Things of equal worth; the oldest goes first."""

    table: str
    key: str
    size: str
    where: str


WORTH = (
    _Heap("events", "seq", EVENT_SIZE, f"rank = {int(Rank.ROUTINE)}"),
    _Heap("photos", "number", PHOTO_SIZE, "TRUE"),
    _Heap("events", "seq", EVENT_SIZE, f"rank = {int(Rank.DEPOSIT)}"),
    _Heap("events", "seq", EVENT_SIZE, "TRUE"),
)
"""From the least to the most: what was measured every minute, the pictures of deposits, the deposits, and
last of all what is a matter of safety.
"""


class Shedding:
    """Remembers of each heap how far it is gone: what comes is newer, so nothing is searched twice."""

    def __init__(self, connection: sqlite3.Connection, max_bytes: int) -> None:
        self._db = connection
        self._spare = min(ROOM_BYTES, max_bytes // ROOM_SHARE)
        self.forget()

    def forget(self) -> None:
        """After a rollback: what was gone may be there again."""
        self._gone = [0] * len(WORTH)

    def shed(self, excess: int) -> Shed:
        """Give up at least `excess` bytes, and some to spare, within the caller's transaction."""
        wanted = excess + self._spare
        counts = {"events": 0, "photos": 0}
        size = 0
        for at, heap in enumerate(WORTH):
            if size >= wanted:
                break
            victims, freed = self._victims(at, heap, wanted - size)
            self._db.executemany(f"DELETE FROM {heap.table} WHERE {heap.key} = ?", victims)  # noqa: S608
            counts[heap.table] += len(victims)
            size += freed
        return Shed(counts["events"], counts["photos"], size)

    def _victims(self, at: int, heap: _Heap, wanted: int) -> tuple[list[tuple[int]], int]:
        victims: list[tuple[int]] = []
        freed = 0
        rows = self._db.execute(
            f"SELECT {heap.key}, {heap.size} FROM {heap.table} WHERE {heap.key} > ? AND {heap.where} "  # noqa: S608
            f"ORDER BY {heap.key}",
            (self._gone[at],),
        )
        for number, size in rows:
            victims.append((number,))
            freed += size
            if freed >= wanted:
                break
        if victims:
            (self._gone[at],) = victims[-1]
        return victims, freed
