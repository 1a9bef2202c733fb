"""Where the points go, and what a generation of server is to us."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from linli.ports.history import Opened, SeriesQuery
from linli.ports.operational import Bucket


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket of an organisation (2.x), or a database of the bucket's name (1.x).

    `keep_s`: how long it keeps its points when we make it, seconds; 0: for ever.
    """

    org: str
    bucket: str
    keep_s: int = 0


class Server(Protocol):
    """One generation. All raise HistoryUnavailable and HistoryRefused; `post` raises LinesRefused too."""

    def prepare(self, on_empty: Callable[[], None]) -> Opened:
        """Make the bucket or database where it is missing, after a call of `on_empty`."""

    def post(self, lines: bytes) -> None:
        """Write lines."""

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Read a channel."""

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        """Count points."""
