"""What every history does alike: it checks a question, and means count their intervals from 1970 UTC."""

from linli.errors import InvalidQuery
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket


def check(query: SeriesQuery) -> None:
    """Raises InvalidQuery for a range that ends before it starts, a step or a limit below 1."""
    if query.end_ms <= query.start_ms:
        raise InvalidQuery("the range ends before it starts")
    if query.step_ms is not None and query.step_ms < 1:
        raise InvalidQuery("step must be at least 1 ms")
    if query.limit < 1:
        raise InvalidQuery("limit must be at least 1")


class Means:
    """Values gathered by interval of `step_ms`."""

    def __init__(self, step_ms: int) -> None:
        self._step_ms = step_ms
        self._sums: dict[int, tuple[float, int]] = {}

    def add(self, at_ms: int, total: float, n: int = 1) -> None:
        """Add `n` values that sum to `total`, all of the interval in which `at_ms` lies."""
        start = at_ms - at_ms % self._step_ms
        known = self._sums.get(start, (0.0, 0))
        self._sums[start] = known[0] + total, known[1] + n

    def buckets(self, limit: int) -> list[Bucket]:
        """The means in order of time, at most the first `limit`; an empty interval has none."""
        return [Bucket(at_ms, total / n) for at_ms, (total, n) in sorted(self._sums.items())[:limit]]
