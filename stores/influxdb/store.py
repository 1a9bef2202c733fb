"""History and PointSink over whatever answers at the URL."""

import time
from collections.abc import Callable, Sequence

from linli.errors import HistoryError
from linli.points import Point
from linli.ports.history import RejectedPoint, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import writing
from stores.influxdb.breaker import Breaker
from stores.influxdb.servers import Place, Server, recognise
from stores.influxdb.transport import Transport
from stores.series import check


def open_influxdb(url: str, token: str, org: str, bucket: str) -> "InfluxDB":
    """A time-series store at `url`. Connects to nothing before it is asked: it may be away at our start."""
    return InfluxDB(Transport(url, token), Place(org, bucket))


class InfluxDB:
    """Recognises the server at its first use, and again after each failure: it may have been replaced."""

    def __init__(
        self, transport: Transport, place: Place, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport, self._place = transport, place
        self._breaker = Breaker(clock)
        self._recognised: Server | None = None
        self._prepared = False

    def open(self) -> str:
        """Find out what answers there and make the bucket or database if it is missing; returns it in words.

        Raises HistoryUnavailable, HistoryRefused.
        """
        self._forget()
        return self._ready().words

    def write(self, points: Sequence[Point]) -> list[RejectedPoint]:
        """Write all but those the store refuses for what they are; returns the refused.

        Raises HistoryUnavailable (try the same again later) and HistoryRefused (a person must act);
        part of the points may then have been written, which a second writing repeats harmlessly.
        """
        try:
            return writing.write(self._ready().post, points)
        except HistoryError:
            self._forget()
            raise

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Values in order of time; empty intervals are left out. Raises InvalidQuery too.

        After no answer came the next are refused at once, for some seconds, in the same words.
        """
        check(query)
        try:
            with self._breaker.turn():
                return self._server().series(query)
        except HistoryError:
            self._forget()
            raise

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        """Points of a measurement over [start_ms, end_ms)."""
        return self._server().count(measurement, start_ms, end_ms)

    def close(self) -> None:
        """Closes its connections."""
        self._transport.close()

    def _server(self) -> Server:
        """Reading makes nothing: who reads may have no right to."""
        if self._recognised is None:
            self._recognised = recognise(self._transport, self._place)
        return self._recognised

    def _ready(self) -> Server:
        server = self._server()
        if not self._prepared:
            server.prepare()
            self._prepared = True
        return server

    def _forget(self) -> None:
        self._recognised, self._prepared = None, False
