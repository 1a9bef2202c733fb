"""InfluxDB 1.x: /write and /query."""

from collections.abc import Callable

from linli.errors import HistoryRefused
from linli.ports.history import Opened, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import influxql
from stores.influxdb.place import Place
from stores.influxdb.transport import Transport, check
from stores.influxdb.writing import judge


class InfluxDB1:
    """A database of the bucket's name."""

    def __init__(self, transport: Transport, place: Place, version: str) -> None:
        self._transport, self._database, self._keep_s = transport, place.bucket, place.keep_s
        self._words = f"InfluxDB {version}, database {place.bucket}"

    def prepare(self, on_empty: Callable[[], None]) -> Opened:
        # Asked first, because a login that may write need not be one that may create.
        known = influxql.ask(self._transport, "SHOW DATABASES")
        if [self._database] not in [row for one in known for row in one.values]:
            on_empty()
            self._make()
        return Opened(self._words, f"{self._transport.url}/{self._database}")

    def _make(self) -> None:
        text = f"CREATE DATABASE {influxql.identifier(self._database)}"
        if self._keep_s:
            text += f' WITH DURATION {self._keep_s}s NAME "autogen"'
        try:
            influxql.ask(self._transport, text)
        except HistoryRefused as error:
            raise HistoryRefused(f"the database {self._database} cannot be made: {error}") from error

    def post(self, lines: bytes) -> None:
        # An unknown precision would be read as ns without a word; `n` is what 1.x calls it.
        query = {"db": self._database, "precision": "n"}
        answer = self._transport.post_lines("/write", query, lines)
        if answer.status >= 300:
            said = answer.words
            judge(answer.status, said)
            check(answer.status, said, answer.headers)

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return influxql.series(self._transport, self._database, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return influxql.count(self._transport, self._database, measurement, start_ms, end_ms)
