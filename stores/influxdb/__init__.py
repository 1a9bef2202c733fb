"""InfluxDB as the time-series store: 1.x, 2.x (3 by the same routes, untried), and VictoriaMetrics.

`transport` speaks HTTP and names its failures, `servers` knows each generation, `lines` encodes, `writing`
finds the bad line among good ones, `influxql` and `victoria` read, `store` puts them together.
"""

from stores.influxdb.store import InfluxDB, open_influxdb

__all__ = ["InfluxDB", "open_influxdb"]
