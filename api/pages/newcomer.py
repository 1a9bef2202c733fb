"""An unknown device as a page shows it: the one command that accepts it."""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.pages.visit import Visit
from api.settings import Settings
from linli.ports.rows import DeviceRow
from linli.waste import Kind

PLACEHOLDER = "KIND"
"""Stands where a person must say what a compartment is for; `accept` refuses it."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A device that spoke and that nobody has accepted. `complete`: its command has no placeholder."""

    id: str
    first_ms: int
    command: str
    complete: bool


def newcomers(
    v: Visit, settings: Settings, devices: Iterable[DeviceRow], heard: Mapping[str, Sequence[str]]
) -> list[Newcomer]:
    """Each unknown device with its command; `heard` are the compartments its kept events name."""
    return [_newcomer(v, settings, one, heard.get(one.id, ())) for one in devices if not one.accepted]


def _newcomer(v: Visit, settings: Settings, device: DeviceRow, compartments: Sequence[str]) -> Newcomer:
    kinds = {name: guess(name) for name in compartments}
    command = _command(v, settings, device, kinds)
    return Newcomer(device.id, device.first_ms, command, PLACEHOLDER not in kinds.values())


def _command(v: Visit, settings: Settings, device: DeviceRow, kinds: Mapping[str, str]) -> str:
    """Ready to run where the server runs: with its Python, and its data folder if not the usual one."""
    building = device.building or next(iter(v.community.buildings), "BUILDING")
    words = [_python(), "-m", "ingest", "accept", device.community, device.id, "--building", building]
    for name, kind in kinds.items():
        words += ["--compartment", f"{name}={kind}"]
    folder = f"LINLI_DATA_DIR={shlex.quote(settings.data_dir)} "
    return ("" if settings.data_dir == Settings().data_dir else folder) + shlex.join(words)


def guess(compartment: str) -> str:
    """What a compartment is for where its name says so (kitchen, Kitchen-2), else a person must say.

    A wrong guess would judge all its deposits wrongly, and nobody would notice.
    """
    named = re.match("[a-z]+", compartment.lower())
    return named[0] if named and named[0] in list(Kind) else PLACEHOLDER


def _python() -> str:
    """As one types it in the folder the server was started in."""
    python = Path(sys.executable)
    return os.path.relpath(python) if python.is_relative_to(Path.cwd()) else str(python)
