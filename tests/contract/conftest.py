"""The implementations that the suites run over, and the servers behind them."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from stores.operational import OperationalStore, open_store, sqlite_url
from tests.contract.samples import INVENTORY, NOON
from tests.postgresql import RunningPostgres


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty operational store: the test runs once for each."""
    if request.param == "postgresql":
        server: RunningPostgres = request.getfixturevalue("postgres_server")
        return server.new_database()
    return sqlite_url(tmp_path / "data")


@pytest.fixture
def store(store_url: str) -> Iterator[OperationalStore]:
    """An open store that knows the inventory."""
    opened = open_store(store_url)
    opened.seed(INVENTORY, NOON)
    yield opened
    opened.close()


class RunningServer:
    """A server of ours on a free port of 127.0.0.1, that can be killed and started again."""

    def __init__(self, command: list[str], url: str, log: Path) -> None:
        self.url = url
        self._command, self._log = command, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env={**os.environ, **environ}
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/ping", timeout=1).close()
            except (URLError, OSError):
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"{self._command[0]} did not answer:\n{self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As a power cut would: `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{dir}/meta"
[data]
dir = "{dir}/data"
wal-dir = "{dir}/wal"
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
"""


@pytest.fixture
def influxd(
    require_server: Callable[[str], str], free_port: Callable[[], int], tmp_path: Path
) -> Iterator[RunningServer]:
    """Debian's InfluxDB 1.6.7 with a configuration and folders of its own."""
    binary = require_server("influxd")
    http, folder = free_port(), tmp_path / "influxd"
    folder.mkdir(exist_ok=True)  # a test may have put a small disk there
    config = folder / "influxdb.conf"
    config.write_text(INFLUXD.format(rpc=free_port(), http=http, dir=folder))
    yield from _running([binary, "run", "-config", str(config)], http, folder)


@pytest.fixture
def victoria(
    require_server: Callable[[str], str], free_port: Callable[[], int], tmp_path: Path
) -> Iterator[RunningServer]:
    """Debian's VictoriaMetrics."""
    binary = require_server("victoria-metrics")
    http, folder = free_port(), tmp_path / "victoria"
    folder.mkdir()
    command = [
        binary,
        f"-storageDataPath={folder}/data",
        f"-httpListenAddr=127.0.0.1:{http}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=64MB",
    ]
    yield from _running(command, http, folder)


def _running(command: list[str], port: int, folder: Path) -> Iterator[RunningServer]:
    server = RunningServer(command, f"http://127.0.0.1:{port}", folder / "server.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()
