"""History and PointSink over whatever answers at the URL."""

import time
from collections.abc import Callable, Sequence

from linli.errors import HistoryError
from linli.ports.history import Opened, RejectedPoint, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import writing
from stores.influxdb.breaker import Breaker
from stores.influxdb.place import Place, Server
from stores.influxdb.servers import recognise
from stores.influxdb.transport import Transport
from stores.series import check


def open_influxdb(url: str, token: str, org: str, bucket: str, keep_s: int = 0) -> "InfluxDB":
    """A time-series store at `url`. Connects to nothing before it is asked: it may be away at our start.

    `keep_s`: how long a bucket that we make keeps its points, seconds; 0: for ever.
    """
    return InfluxDB(Transport(url, token), Place(org, bucket, keep_s))


class InfluxDB:
    """Recognises the server at its first use, and again after each failure: it may have been replaced."""

    def __init__(
        self, transport: Transport, place: Place, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport, self._place = transport, place
        self._breaker = Breaker(clock)
        self._recognised: Server | None = None

    def open(self, on_empty: Callable[[], None]) -> Opened:
        """Find out what answers there. A missing bucket or database is made, after a call of `on_empty`:
        whatever was written before is not in it.

        Raises HistoryUnavailable, HistoryRefused, and whatever `on_empty` raises.
        """
        self._recognised = None
        return self._server().prepare(on_empty)

    def write(self, lines: Sequence[str]) -> list[RejectedPoint]:
        """Write all but those the store refuses for what they are; returns the refused.

        Raises HistoryUnavailable (try the same again later; HistoryFailed: part of it may pass alone) and
        HistoryRefused (a person must act; HistoryFull: others may pass). Part of the lines may then have been
        written, which a second writing repeats harmlessly.
        """
        try:
            return writing.write(self._server().post, lines)
        except HistoryError:
            self._recognised = None
            raise

    def write_text(self, lines: bytes) -> bool:
        """Write all of these lines; False when some are refused for what they are. Raises as `write` does."""
        try:
            self._server().post(lines)
        except writing.LinesRefused:
            return False
        except HistoryError:
            self._recognised = None
            raise
        return True

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Values in order of time; empty intervals are left out. Raises InvalidQuery too.

        After no answer came the next are refused at once, for some seconds, in the same words.
        """
        check(query)
        try:
            with self._breaker.turn():
                return self._server().series(query)
        except HistoryError:
            self._recognised = None
            raise

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        """Points of a measurement over [start_ms, end_ms)."""
        return self._server().count(measurement, start_ms, end_ms)

    def close(self) -> None:
        """Closes its connections."""
        self._transport.close()

    def _server(self) -> Server:
        """Recognised, and nothing made: who reads may have no right to."""
        if self._recognised is None:
            self._recognised = recognise(self._transport, self._place)
        return self._recognised
