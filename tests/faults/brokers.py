"""The brokers of a run, each with what it forgets."""

import os
import signal
import time
from pathlib import Path

from deploy import broker, embedded, mosquitto, ports
from tests.faults.children import Child

NARROW = 20
SETTINGS = {
    "mosquitto": "",
    "mosquitto-autosave": "autosave_interval 1\n",
    "mosquitto-ram": "persistence false\n",
    "mosquitto-narrow": f"max_queued_messages {NARROW}\nmax_inflight_messages 5\n",
}
_DROPPING = "Outgoing messages are being dropped"


def available() -> tuple[str, ...]:
    """Those that can run here."""
    found = ["iotcore"] if embedded.installed() else []
    return (*found, *(SETTINGS if mosquitto.find() else ()))


class Broker:
    """A broker on a port of its own; what it keeps is in `folder`."""

    def __init__(self, kind: str, port: int, folder: Path) -> None:
        self.kind = kind
        self.port = port
        self._folder = folder
        folder.mkdir()
        self._command = self._configured()
        self._child: Child | None = None

    def _configured(self) -> list[str]:
        chosen = broker.choose("iotcore" if self.kind == "iotcore" else "mosquitto")
        command = chosen.command(ports.LOOPBACK, self.port, self._folder)
        if changed := SETTINGS.get(self.kind):
            file = self._folder / "mosquitto.conf"
            names = {line.split()[0] for line in changed.splitlines()}
            kept = [line for line in file.read_text().splitlines() if line.split(" ")[0] not in names]
            if "persistence false" in changed:
                kept = [line for line in kept if not line.startswith(("persistence", "autosave"))]
            file.write_text("\n".join([*kept, changed]))
        return command

    def start(self) -> None:
        """Returns when it accepts connections."""
        self._child = Child(self.kind, self._run, self._folder / "log")
        deadline = time.monotonic() + 10
        while not ports.answers(self.port):
            if not self._child.runs() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.kind} does not start: {self._child.tail()}")
            time.sleep(0.005)

    def _run(self) -> None:
        if self.kind == "iotcore":
            embedded.run(self._folder / "iotcore.toml")
        else:
            os.execv(self._command[0], self._command)  # noqa: S606

    def kill(self) -> None:
        assert self._child is not None
        self._child.end(signal.SIGKILL)

    @property
    def overrun(self) -> bool:
        """It has said that it drops what does not fit its queue."""
        return self._child is not None and _DROPPING in self._child.tail(1_000_000)
