"""InfluxDB as the time-series store: 1.x, 2.x (3 by the same routes, untried), and VictoriaMetrics.

`transport` speaks HTTP and names its failures, `servers` recognises who answers, `version1` to `version3` and
`victoria` know each generation, `writing` finds the bad line among good ones, `influxql` reads, `breaker`
keeps readers from waiting in vain, `store` puts them together.
"""

from stores.influxdb.store import InfluxDB, open_influxdb

__all__ = ["InfluxDB", "open_influxdb"]
