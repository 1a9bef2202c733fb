"""What the forwarder needs of the operational store: stored events as points are made of them, and how far
the time-series store has them.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.rows import DeadLetter

FORWARD_CURSOR = "influxdb"
"""The forwarder's cursor: the last event id whose points are written, or kept to be written later."""

PointRow = tuple[int, str, str, str, str, int, int, bytes, str | None]
"""(id, kind, community, building, device, seq, placed_ms, body, outcome). A plain tuple: there are millions.

`kind` is telemetry or deposit; `outcome` is a deposit's, None when nobody has judged it.
"""

Range = tuple[int, int]
"""The first and the last of some event ids."""

RewriteRow = tuple[int, int, int]
"""A range that is to be written (again): (its number, first, last)."""


class PlainPoints(NamedTuple):
    """Readings as the lines of linli.points, one text; and the rows of all else that becomes points."""

    lines: bytes
    others: list[PointRow]


class ForwardStore(Protocol):
    """Every method may raise StoreUnavailable."""

    def newest_event(self) -> int:
        """The largest event id that was ever given out."""

    def points_between(self, first: int, last: int) -> list[PointRow]:
        """The events with these ids, both inclusive, that become points: telemetry and deposits of devices
        that somebody has accepted, in order of their ids.
        """

    def plain_points(self, first: int, last: int) -> PlainPoints:
        """Of the same events the readings that are stored as ingest stores them, as lines, and the others.

        For when all is well: half the cost, and a line does not say which event it is of.
        """

    def alert_changes_after(self, number: int, limit: int) -> list[tuple[AlertChange, AlertRow]]:
        """Changes of alerts in order of their numbers, past this one, each with its alert as it left it."""

    def cursor(self, name: str) -> int:
        """How far a reader of events or changes has come; 0 at first."""

    def set_cursor(self, name: str, value: int) -> None:
        """Remember it, durably."""

    def mark(self, name: str) -> int | None:
        """A number that says which thing what is kept is about (an inventory file, a time-series store): it
        is compared, and does not grow. None before the first.
        """

    def set_mark(self, name: str, value: int) -> None:
        """Remember it, durably."""

    def rewrites(self, limit: int, after: int = 0) -> list[RewriteRow]:
        """Ranges that are to be written, or written again: (number of the range, first, last), by number."""

    def write_later(self, first: int, last: int) -> tuple[RewriteRow, list[RewriteRow]]:
        """Keep a range to be written later. Near ones become one: what lies between is written again.

        Returns the range as it is kept, under a new number, and those that have become part of it.
        """

    def rewritten(self, number: int, left: Range | None = None) -> None:
        """Say that a range has been written, but for what is `left` of it."""

    def forward_lag(self) -> int:
        """Events that are still to be written to the time-series store, or written again.

        0 while nobody has ever set FORWARD_CURSOR, be it to 0: nobody forwards.
        """

    def behind_since(self) -> int | None:
        """When the oldest event that is still to be written was received, ms; None when none is."""

    def received_from(self, at_ms: int) -> int:
        """The first event that was received at this time (ms) or later; one past the newest when none was."""

    def dead_letter(self, letters: Sequence[DeadLetter]) -> None:
        """Keep what was refused outside a commit group (a point the history will not take)."""

    def report(self, name: str, body: bytes, at_ms: int) -> None:
        """Say how a part of ingest is (JSON), for `/readyz` and `/metrics`; the newest of a name stands."""
