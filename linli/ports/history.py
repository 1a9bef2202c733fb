"""Telemetry over time, and the sink that fills a time-series store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from linli.ports.operational import Bucket


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """One channel at one place over [start_ms, end_ms).

    `step_ms`: the mean of each interval; None: every value.
    """

    community: str
    device: str
    compartment: str
    channel: str
    start_ms: int
    end_ms: int
    step_ms: int | None = None
    limit: int = 5_000


class History(Protocol):
    """Reads telemetry. Raises HistoryUnavailable, HistoryRefused."""

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Values in order of time; empty intervals are left out."""


@dataclass(frozen=True, slots=True)
class RejectedPoint:
    """A point the store will never take, and what it said.

    `others`: so many more were refused with it, and are told together. `among`: the positions among which
    all of these are, none of which needs to come again; empty when it is this one alone.
    """

    index: int
    detail: str
    others: int = 0
    among: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """What answers, in words; and the name of where the points go: another name is another, emptier place."""

    words: str
    name: str


class PointSink(Protocol):
    """Writes points, as lines (linli.points), to a time-series store."""

    def open(self, on_empty: Callable[[], None]) -> Opened:
        """Find out what answers there. A missing bucket or database is made, after a call of `on_empty`:
        whatever was written before is not in it.

        Raises HistoryUnavailable, HistoryRefused, and whatever `on_empty` raises.
        """

    def write(self, lines: Sequence[str]) -> list[RejectedPoint]:
        """Write all but those the store refuses for what they are; returns the refused.

        Raises HistoryUnavailable (try the same again later; HistoryFailed: part of it may pass alone) and
        HistoryRefused (a person must act; HistoryFull: others may pass). Part of the lines may then have been
        written, which a second writing repeats harmlessly.
        """

    def write_text(self, lines: bytes) -> bool:
        """Write all of these lines; False when the store refuses some for what they are: `write` finds them.

        Raises as `write` does.
        """
