"""What every test may ask for: a real server's binary, a free port, a real broker."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy import ports
from deploy.broker import choose
from deploy.process import Process
from tests.postgresql import RunningPostgres

# Debian puts some daemons where a user's PATH does not look.
SEARCH = os.pathsep.join(
    [
        os.environ.get("PATH", os.defpath),
        *("/usr/sbin", "/usr/local/sbin"),
        *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
    ]
)


@pytest.fixture(scope="session")
def require_server() -> Callable[[str], str]:
    """`require_server("mosquitto")` gives the binary's path.

    Where it is missing the test is skipped with the reason, and fails under CI=true: there a skip would hide
    a server that `.ci/run` forgot to install.
    """

    def require(name: str) -> str:
        path = shutil.which(name, path=SEARCH)
        if path is not None:
            return path
        reason = f"no {name} on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and under CI=true every server must be there")
        pytest.skip(reason)

    return require


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port of 127.0.0.1 that nothing listened on a moment ago."""
    return lambda: ports.unused(1)[0]


@pytest.fixture(scope="session")
def postgres_server(require_server: Callable[[str], str]) -> Iterator[RunningPostgres]:
    """One PostgreSQL for all tests that do not break it."""
    yield from _running_postgres(require_server("postgres"))


@pytest.fixture
def own_postgres(require_server: Callable[[str], str]) -> Iterator[RunningPostgres]:
    """A PostgreSQL to be broken."""
    yield from _running_postgres(require_server("postgres"))


def _running_postgres(binary: str) -> Iterator[RunningPostgres]:
    server = RunningPostgres(binary, ports.unused(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.stop()


class RunningBroker:
    """A real broker with linli's configuration on a free port of 127.0.0.1."""

    def __init__(self, kind: str, port: int, data_dir: Path) -> None:
        self.kind = kind
        self.host = ports.LOOPBACK
        self.port = port
        command = choose(kind).command(self.host, port, data_dir)
        self._process = Process(f"{kind} broker", command, os.environ, data_dir / "broker.log")

    @property
    def log(self) -> str:
        return self._process.tail(200)

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """Starts it (again, on the same port and data) and returns when it accepts connections."""
        self._process.start()
        self._process.wait_ready(partial(ports.answers, self.port), timeout_s=15)

    def kill(self) -> None:
        """As a power cut would: `kill -9`."""
        self._process.kill()

    def stop(self) -> None:
        self._process.stop()


@pytest.fixture(params=["iotcore", "mosquitto"])
def broker(
    request: pytest.FixtureRequest,
    require_server: Callable[[str], str],
    free_port: Callable[[], int],
    tmp_path: Path,
) -> Iterator[RunningBroker]:
    """The test runs once for each broker: the embedded one, and mosquitto where it is installed."""
    if request.param == "mosquitto":
        require_server("mosquitto")
    yield from _running(request.param, free_port(), tmp_path / "broker")


@pytest.fixture
def embedded_broker(free_port: Callable[[], int], tmp_path: Path) -> Iterator[RunningBroker]:
    """The broker that is always there."""
    yield from _running("iotcore", free_port(), tmp_path / "broker")


def _running(kind: str, port: int, data_dir: Path) -> Iterator[RunningBroker]:
    running = RunningBroker(kind, port, data_dir)
    running.start()
    try:
        yield running
    finally:
        running.stop()
