"""What every test may ask for: a real server's binary, a free port."""

import os
import shutil
import socket
from collections.abc import Callable

import pytest

# Debian puts some daemons where a user's PATH does not look.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


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

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    return find
