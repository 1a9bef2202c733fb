"""The demo counts points in the store itself: a real InfluxDB 1.x and a real VictoriaMetrics answer here."""

import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy import ports, readiness
from deploy.errors import DeployError
from deploy.process import Process
from deploy.timeseries import TimeSeries

BEGAN_MS = 1_764_032_400_000

# One point is written twice, and two are no part of the demo: another community's, and one from before.
KITCHEN = "telemetry,community=garden,device=bin-1,compartment=kitchen"
LINES = "\n".join(
    [
        f"{KITCHEN} fill_pct=1,weight_kg=2 {BEGAN_MS}000001",
        f"{KITCHEN} fill_pct=3 {BEGAN_MS + 5}000002",
        f"{KITCHEN} fill_pct=3 {BEGAN_MS + 5}000002",
        f"telemetry,community=garden,device=bin-2 battery_pct=80 {BEGAN_MS}000001",
        f"telemetry,community=other,device=bin-1 battery_pct=80 {BEGAN_MS}000001",
        f"telemetry,community=garden,device=bin-2 battery_pct=81 {BEGAN_MS - 1000}000001",
        f'deposit,community=garden,device=bin-1,kind=kitchen item="peel",correct=1 {BEGAN_MS}000003',
    ]
)


@pytest.fixture(params=["influxd", "victoria-metrics"])
def store_url(
    request: pytest.FixtureRequest,
    require_server: Callable[[str], str],
    free_port: Callable[[], int],
    tmp_path: Path,
) -> Iterator[str]:
    binary = require_server(request.param)
    port = free_port()
    if request.param == "influxd":
        config = tmp_path / "influxdb.conf"
        config.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{tmp_path}/meta"\n[data]\ndir = "{tmp_path}/data"\nwal-dir = "{tmp_path}/wal"\n'
            f'[http]\nbind-address = "127.0.0.1:{port}"\n'
        )
        command = [binary, "run", "-config", str(config)]
        ready = f"http://127.0.0.1:{port}/query?q=SHOW+DATABASES"
    else:
        # All time is kept: the points are as old as the day on which this test was written.
        command = [binary, f"-storageDataPath={tmp_path}/data", f"-httpListenAddr=127.0.0.1:{port}"]
        command.append("-retentionPeriod=100y")
        ready = f"http://127.0.0.1:{port}/health"
    process = Process(request.param, command, os.environ, tmp_path / "store.log")
    process.start()
    try:
        process.wait_ready(partial(readiness.answers_ok, ready), timeout_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


def post(url: str, body: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, data=body.encode(), method="POST")):
        pass


def test_points_are_counted_once_each_in_the_demo_s_own_community_and_time(store_url: str) -> None:
    post(f"{store_url}/query?q=CREATE+DATABASE+linli", "")
    post(f"{store_url}/write?db=linli&precision=ns", LINES)
    series = TimeSeries(store_url)
    deadline = time.monotonic() + 20
    while (points := series.points("garden", BEGAN_MS))["telemetry"] < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert points == {"telemetry": 3, "deposit": 1, "alert": 0}


def test_a_store_that_is_away_is_one_line() -> None:
    with pytest.raises(DeployError, match="the time-series store at") as error:
        TimeSeries(f"http://127.0.0.1:{ports.pick(0)}").points("garden", BEGAN_MS)
    assert "\n" not in str(error.value)
