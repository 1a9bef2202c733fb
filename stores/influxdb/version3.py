"""InfluxDB 3: the routes that it says it shares with 2.x. Nobody has tried this yet."""

from collections.abc import Callable

from linli.ports.history import Opened
from stores.influxdb.version2 import InfluxDB2


class InfluxDB3(InfluxDB2):
    """A database of the bucket's name, without organisations. Its first point makes it."""

    def prepare(self, _on_empty: Callable[[], None]) -> Opened:
        return Opened(f"{self._words} (untried)", f"{self._transport.url}/{self._place.bucket}")
