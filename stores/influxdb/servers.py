"""Who answers: the generation is found out, never set."""

from linli.errors import HistoryRefused
from stores.influxdb.place import Place, Server
from stores.influxdb.transport import Transport, check
from stores.influxdb.version1 import InfluxDB1
from stores.influxdb.version2 import InfluxDB2
from stores.influxdb.version3 import InfluxDB3
from stores.influxdb.victoria import VictoriaMetrics


def recognise(transport: Transport, place: Place) -> Server:
    """Ask who answers. Raises HistoryUnavailable, and HistoryRefused when it is none of these."""
    ping = transport.ask("GET", "/ping")
    if ping.status >= 500 or ping.status == 429:
        check(ping.status, ping.words, ping.headers)
    # 2.x says v2.8.0, 1.x 1.6.7~rc0
    version = ping.headers.get("X-Influxdb-Version", "")[:100].removeprefix("v")
    if version.startswith("1."):
        return InfluxDB1(transport, place, version)
    if version.startswith("3."):
        return InfluxDB3(transport, place, version)
    if version:
        return InfluxDB2(transport, place, version)
    health = transport.ask("GET", "/health")
    if health.status == 200 and health.body.strip() == b"OK":
        return VictoriaMetrics(transport, place)
    raise HistoryRefused(f"what answers at {transport.url} is neither InfluxDB nor VictoriaMetrics")
