"""Which broker runs, and the command that runs it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn, get_args

from deploy import embedded, mosquitto, ports
from deploy.errors import DeployError

Kind = Literal["auto", "mosquitto", "iotcore"]
KINDS: tuple[str, ...] = get_args(Kind)
USUAL_PORT = 1883


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that can be started: `command(host, port, data_dir)` gives the argument list."""

    kind: str
    command: Callable[[str, int, Path], list[str]]


def choose(kind: str) -> Broker:
    """The broker of that kind; `auto` is mosquitto where it is installed, else the embedded one.

    Raises DeployError, in one line that says what to install, where there is none.
    """
    if kind not in KINDS:
        raise DeployError(f"broker = {kind!r}: it must be one of {', '.join(KINDS)}")
    if kind in {"auto", "mosquitto"}:
        binary = mosquitto.find()
        if binary is not None:
            return Broker("mosquitto", partial(mosquitto.command, binary))
    if kind in {"auto", "iotcore"} and embedded.installed():
        return Broker("iotcore", embedded.command)
    wanted = {
        "mosquitto": "mosquitto is not on the PATH (Debian: apt-get install mosquitto)",
        "iotcore": "the embedded broker is not installed (pip install 'linli[embedded]')",
        "auto": "no broker: apt-get install mosquitto (or your system's), or pip install 'linli[embedded]'",
    }
    raise DeployError(wanted[kind])


def become(broker: Broker, port: int, data_dir: Path) -> NoReturn:
    """Runs the broker in place of this process."""
    command = broker.command(ports.LOOPBACK, port, data_dir)
    print(f"{broker.kind} on {ports.LOOPBACK}:{port}", flush=True)
    os.execv(command[0], command)  # noqa: S606 - our own command
