"""Telemetry over time, and the sink that fills a time-series store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from linli.points import Point
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
    """A point the store will never take, and what it said."""

    index: int
    detail: str


class PointSink(Protocol):
    """Writes points to a time-series store."""

    def open(self) -> str:
        """Find out what answers there and make the bucket or database if it is missing; returns it in words.

        Raises HistoryUnavailable, HistoryRefused.
        """

    def write(self, points: Sequence[Point]) -> list[RejectedPoint]:
        """Write all but those the store refuses for what they are; returns the refused.

        Raises HistoryUnavailable (try the same again later) and HistoryRefused (a person must act);
        part of the points may then have been written, which a second writing repeats harmlessly.
        """
