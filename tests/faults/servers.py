"""Servers that are not linli's: each is killed and started again, on its port, with what it kept."""

import os
import shutil
import signal
import time
from pathlib import Path

from deploy import broker, embedded, mosquitto, ports
from tests.conftest import SEARCH
from tests.contract.conftest import INFLUXD
from tests.faults.children import Child

NARROW = 20
MOSQUITTO = {
    "mosquitto": "",
    "mosquitto-autosave": "autosave_interval 1\n",
    "mosquitto-ram": "persistence false\n",
    "mosquitto-narrow": f"max_queued_messages {NARROW}\nmax_inflight_messages 5\n",
}
START_S = 20.0
_DROPPING = "Outgoing messages are being dropped"


def brokers() -> tuple[str, ...]:
    """Those that can run here."""
    found = ["iotcore"] if embedded.installed() else []
    return (*found, *(MOSQUITTO if mosquitto.find() else ()))


def binary(name: str) -> str | None:
    """The path of influxd or postgres; None where it is not installed."""
    return shutil.which(name, path=SEARCH)


class Server:
    """One on a port of its own; what it keeps is in `folder`."""

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.name = name
        self.port = port
        self._folder = folder
        folder.mkdir()
        self._child: Child | None = None

    def start(self) -> None:
        """Returns when it accepts connections."""
        self._child = Child(self.name, self._run, self._folder / "log")
        deadline = time.monotonic() + START_S
        while not ports.answers(self.port):
            if not self._child.runs() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start: {self._child.tail()}")
            time.sleep(0.005)

    def kill(self) -> None:
        if self._child is not None:
            self._child.end(signal.SIGKILL)

    def _run(self) -> None:
        """In the child, until it is killed."""
        raise NotImplementedError


class Broker(Server):
    """iotcore, or mosquitto with one of MOSQUITTO's settings."""

    def __init__(self, kind: str, port: int, folder: Path) -> None:
        super().__init__(kind, port, folder)
        chosen = broker.choose("iotcore" if kind == "iotcore" else "mosquitto")
        self._command = chosen.command(ports.LOOPBACK, port, folder)
        if changed := MOSQUITTO.get(kind):
            file = folder / "mosquitto.conf"
            names = {line.split()[0] for line in changed.splitlines()}
            kept = [line for line in file.read_text().splitlines() if line.split(" ")[0] not in names]
            if "persistence false" in changed:
                kept = [line for line in kept if not line.startswith(("persistence", "autosave"))]
            file.write_text("\n".join([*kept, changed]))

    @property
    def overrun(self) -> bool:
        """It has said that it drops what does not fit its queue."""
        return self._child is not None and _DROPPING in self._child.tail(1_000_000)

    def _run(self) -> None:
        if self.name == "iotcore":
            embedded.run(self._folder / "iotcore.toml")
        else:
            os.execv(self._command[0], self._command)  # noqa: S606


class InfluxDB(Server):
    """Debian's 1.6.7."""

    def __init__(self, port: int, rpc: int, folder: Path) -> None:
        super().__init__("influxd", port, folder)
        self.url = f"http://{ports.LOOPBACK}:{port}"
        self._config = folder / "influxdb.conf"
        self._config.write_text(INFLUXD.format(dir=folder, rpc=rpc, http=port), encoding="utf-8")

    def _run(self) -> None:
        path = binary("influxd")
        assert path is not None
        os.execv(path, [path, "run", "-config", str(self._config)])  # noqa: S606
