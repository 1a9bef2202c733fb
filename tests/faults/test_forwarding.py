"""The time-series store comes late, is killed and comes back: ingest waits for nothing, and every point
arrives.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.timeseries import TimeSeries
from tests.contract.conftest import INFLUXD, RunningServer
from tests.faults.running import assert_each_once, wait_until


@pytest.fixture
def influxd(
    require_server: Callable[[str], str], free_port: Callable[[], int], tmp_path: Path
) -> Iterator[RunningServer]:
    """Debian's InfluxDB 1.6.7, not started yet."""
    binary = require_server("influxd")
    port, folder = free_port(), tmp_path / "influxd"
    folder.mkdir()
    config = folder / "influxdb.conf"
    config.write_text(INFLUXD.format(dir=folder, rpc=free_port(), http=port), encoding="utf-8")
    command = [binary, "run", "-config", str(config)]
    server = RunningServer(command, f"http://127.0.0.1:{port}", folder / "log")
    yield server
    server.stop()


def test_every_point_arrives_though_the_store_comes_late_and_is_killed(
    embedded_broker, influxd, start_ingest, start_bins
):
    ingest, bins = start_ingest(embedded_broker, LINLI_INFLUXDB_URL=influxd.url), start_bins(embedded_broker)
    store = ingest.opened()
    bins.make(30)
    bins.drain()  # nothing listens there yet, and no bin notices
    wait_until(lambda: b'"state":"away"' in store.reports()["forwarder"][0])
    assert store.forward_lag() == bins.made
    influxd.start()
    wait_until(lambda: store.forward_lag() < bins.made)
    bins.make(40)
    bins.turn()
    time.sleep(0.2)
    influxd.kill()
    ingest.kill()
    bins.make(20)
    ingest.start()
    bins.drain()
    influxd.start()
    wait_until(lambda: store.forward_lag() == 0, 60)
    assert_each_once(store, bins)
    kinds = [event.kind for event in store.events_after(0, bins.made)]
    points = TimeSeries(influxd.url).points("garden", 0)
    assert points["telemetry"] == kinds.count("telemetry")
    assert points["deposit"] == kinds.count("deposit")
    changes = len(store.alert_changes_after(0, 10_000))
    wait_until(lambda: TimeSeries(influxd.url).points("garden", 0)["alert"] == changes)
    assert store.dead_letter_counts() == {}
    store.close()
