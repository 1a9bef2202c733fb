"""The events and photos of a device that have no receipt yet, on disk, each under its number."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec

from edge.admission import Admitted, admit
from edge.errors import OutboxError
from edge.shedding import EVENT_SIZE, PHOTO_SIZE, Shedding
from linli.events import Event
from linli.messages import Receipt
from linli.seqs import SeqSet

log = logging.getLogger(__name__)

UNNUMBERED = 1
"""Any valid seq: an event is made with this one and gets its own in `append`."""
ROOMY = 0.9
"""Below this share of its limit an outbox that was full no longer is."""

_KEEP_EVENT = f"INSERT INTO events (seq, rank, body) VALUES (?, ?, ?) RETURNING {EVENT_SIZE}"  # noqa: S608
_KEEP_PHOTO = f"INSERT OR IGNORE INTO photos (sha256, seq, jpeg) VALUES (?, ?, ?) RETURNING {PHOTO_SIZE}"  # noqa: S608
_SETTLE_EVENTS = f"DELETE FROM events WHERE seq BETWEEN ? AND ? RETURNING {EVENT_SIZE}"  # noqa: S608
_SETTLE_PHOTO = f"DELETE FROM photos WHERE sha256 = ? RETURNING {PHOTO_SIZE}"  # noqa: S608
_COUNT_EVENTS = f"SELECT count(*), coalesce(sum({EVENT_SIZE}), 0) FROM events"  # noqa: S608
_COUNT_PHOTOS = f"SELECT count(*), coalesce(sum({PHOTO_SIZE}), 0) FROM photos"  # noqa: S608
_SAFETY_AFTER = "SELECT seq, body FROM events WHERE rank = 0 AND seq > ? ORDER BY seq LIMIT ?"


@dataclass(frozen=True, slots=True)
class Held:
    """An event as it waits: its number and its JSON."""

    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class HeldPhoto:
    """A photo as it waits. `number` is its place in the queue of photos, `seq` the event it belongs to."""

    number: int
    sha256: str
    seq: int
    jpeg: bytes


class Outbox:
    """Made by `edge.outboxfile.open_outbox`. To be used from one thread.

    `given` is the last number given out (0 before the first). `held` and `photos_held` wait for receipts.
    `dropped` events and `photos_dropped` were given up, for want of room or because they can never fit a
    message; `replaced` events were such that no receiver would take them, and are kept as faults.
    """

    def __init__(self, connection: sqlite3.Connection, max_bytes: int) -> None:
        self._db = connection
        self._max_bytes = max_bytes
        self._shedding = Shedding(connection, max_bytes)
        self.epoch: str
        self.given: int
        self.dropped: int
        self.photos_dropped: int
        self.replaced: int
        self.held: int
        self.photos_held: int
        self._bytes: int
        self._count()
        self.full = self._bytes > ROOMY * max_bytes
        """It gives things up, or did a moment ago and has no room yet."""

    @property
    def empty(self) -> bool:
        """True when every event and photo has its receipt."""
        return not self.held and not self.photos_held

    def append(self, event: Event, jpeg: bytes | None = None, source: str | None = None) -> Event:
        """Keep one event, and its photo; see `append_all`. Returns it with its number."""
        return self.append_all([event], jpeg, source)[0]

    def append_all(
        self, events: Sequence[Event], jpeg: bytes | None = None, source: str | None = None
    ) -> list[Event]:
        """Number and keep events in one durable write: when this returns they outlive a power cut.

        `jpeg` is the photo that the last event names by its hash. `source` names what they were made from
        (a file), so that `took` can answer after a crash. What no receiver would take comes back as a fault.
        Raises OutboxError; then nothing was kept and no number was given.
        """
        last = len(events) - 1
        admitted = [
            admit(msgspec.structs.replace(event, seq=self.given + 1 + at), jpeg if at == last else None)
            for at, event in enumerate(events)
        ]
        with self._transaction():
            self._insert(admitted)
            if self._bytes > self._max_bytes:
                self._make_room()
            if source is not None:
                self._db.execute("INSERT OR IGNORE INTO taken (source) VALUES (?)", (source,))
            self._db.execute(
                "UPDATE life SET given = ?, dropped = ?, photos_dropped = ?, replaced = ?",
                (self.given, self.dropped, self.photos_dropped, self.replaced),
            )
        return [one.event for one in admitted]

    def _insert(self, admitted: Iterable[Admitted]) -> None:
        for one in admitted:
            self.given = one.event.seq
            self.held += 1
            self.replaced += one.replaced
            self.photos_dropped += one.photo_refused
            kept = self._db.execute(_KEEP_EVENT, (one.event.seq, int(one.rank), one.body)).fetchall()
            self._bytes += sum(size for (size,) in kept)
            if one.jpeg is not None:  # two deposits may have the very same photo; it is sent once
                kept = self._db.execute(_KEEP_PHOTO, (one.sha256, one.event.seq, one.jpeg)).fetchall()
                self.photos_held += len(kept)
                self._bytes += sum(size for (size,) in kept)

    def _make_room(self) -> None:
        shed = self._shedding.shed(self._bytes - self._max_bytes)
        self.held -= shed.events
        self.dropped += shed.events
        self.photos_held -= shed.photos
        self.photos_dropped += shed.photos
        self._bytes -= shed.size
        self.full = True

    def took(self, source: str) -> bool:
        """Whether events made from `source` are kept or sent already."""
        return self._db.execute("SELECT 1 FROM taken WHERE source = ?", (source,)).fetchone() is not None

    def forget_source(self, source: str) -> None:
        """`source` itself is gone, so nobody can ask about it again."""
        with self._transaction(synced=False):
            self._db.execute("DELETE FROM taken WHERE source = ?", (source,))

    def first(self) -> int:
        """The oldest number still held; when nothing is, the number that comes next."""
        oldest = self._db.execute("SELECT min(seq) FROM events").fetchone()[0]
        return self.given + 1 if oldest is None else int(oldest)

    def events_after(self, seq: int, limit: int) -> list[Held]:
        """The oldest `limit` events with numbers past `seq`."""
        rows = self._db.execute(
            "SELECT seq, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        return [Held(*row) for row in rows]

    def safety_after(self, seq: int, limit: int) -> list[Held]:
        """The oldest `limit` matters of safety with numbers past `seq`."""
        rows = self._db.execute(_SAFETY_AFTER, (seq, limit))
        return [Held(*row) for row in rows]

    def events_of(self, seqs: Sequence[int]) -> list[Held]:
        """Those of these events (a batch at most) that are still held, ascending."""
        marks = ",".join("?" * len(seqs))
        rows = self._db.execute(f"SELECT seq, body FROM events WHERE seq IN ({marks}) ORDER BY seq", seqs)  # noqa: S608
        return [Held(*row) for row in rows]

    def photo_after(self, number: int) -> HeldPhoto | None:
        """The oldest photo past `number` in the queue."""
        return self._photo("number > ? ORDER BY number LIMIT 1", number)

    def photo_of(self, number: int) -> HeldPhoto | None:
        """That photo, or None when it is no longer held."""
        return self._photo("number = ?", number)

    def _photo(self, where: str, number: int) -> HeldPhoto | None:
        row = self._db.execute(
            f"SELECT number, sha256, seq, jpeg FROM photos WHERE {where}",  # noqa: S608 - our own two texts
            (number,),
        ).fetchone()
        return HeldPhoto(*row) if row else None

    def settle(self, receipt: Receipt) -> SeqSet | None:
        """Delete what the receipt says is settled, and return those numbers; None when it is for another
        epoch.

        Numbers that were never given out are not believed: they are logged and left out.
        """
        if receipt.epoch != self.epoch:
            return None
        claims = [(1, receipt.through), *receipt.ranges]
        if any(end > self.given for _, end in claims):
            log.warning("a receipt settles numbers past %d, the last one given out: not believed", self.given)
        settled = SeqSet((max(1, start), min(end, self.given)) for start, end in claims)
        with self._transaction(synced=False):
            for start, end in settled:
                gone = self._db.execute(_SETTLE_EVENTS, (start, end)).fetchall()
                self.held -= len(gone)
                self._bytes -= sum(size for (size,) in gone)
            for sha256 in receipt.photos:
                gone = self._db.execute(_SETTLE_PHOTO, (sha256,)).fetchall()
                self.photos_held -= len(gone)
                self._bytes -= sum(size for (size,) in gone)
        self.full = self.full and self._bytes > ROOMY * self._max_bytes
        return settled

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def _transaction(self, *, synced: bool = True) -> Iterator[None]:
        """One write, whole or not at all. What only forgets need not be `synced`: a power cut brings it back,
        and it is sent or forgotten once more.
        """
        try:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # a disk that failed once may fail again; the first error is told
                self._roll_back()
            raise OutboxError(f"the outbox cannot be written: {error}") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._count()

    def _count(self) -> None:
        life = self._db.execute("SELECT epoch, given, dropped, photos_dropped, replaced FROM life").fetchone()
        self.epoch, self.given, self.dropped, self.photos_dropped, self.replaced = life
        events = self._db.execute(_COUNT_EVENTS).fetchone()
        photos = self._db.execute(_COUNT_PHOTOS).fetchone()
        self.held, self.photos_held = events[0], photos[0]
        self._bytes = events[1] + photos[1]
        self._shedding.forget()
