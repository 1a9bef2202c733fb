"""An unknown device as a page shows it: the one command that accepts it."""

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.pages.visit import Visit
from api.settings import Settings
from linli.ports.rows import CurrentRow, DeviceRow
from linli.waste import Kind


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A device that spoke and that nobody has accepted."""

    id: str
    first_ms: int
    command: str


def newcomers(
    v: Visit, settings: Settings, devices: Iterable[DeviceRow], current: Iterable[CurrentRow]
) -> list[Newcomer]:
    """Each unknown device with its command."""
    parts: dict[str, set[str]] = {}
    for row in current:
        if row.compartment:
            parts.setdefault(row.device, set()).add(row.compartment)
    return [
        Newcomer(one.id, one.first_ms, _command(v, settings, one, sorted(parts.get(one.id, ()))))
        for one in devices
        if not one.accepted
    ]


def _command(v: Visit, settings: Settings, device: DeviceRow, compartments: list[str]) -> str:
    """Ready to run where the server runs: with its Python, and its data folder if not the usual one."""
    building = device.building or next(iter(v.community.buildings), "BUILDING")
    words = [_python(), "-m", "ingest", "accept", device.community, device.id, "--building", building]
    for name in compartments:
        words += ["--compartment", f"{name}={device.compartments.get(name) or guess(name)}"]
    folder = f"LINLI_DATA_DIR={shlex.quote(settings.data_dir)} "
    return ("" if settings.data_dir == Settings().data_dir else folder) + shlex.join(words)


def guess(compartment: str) -> str:
    """What a compartment is for by its name's beginning (kitchen, k1, …); a person checks it."""
    begins = [kind for kind in Kind if kind.startswith(compartment.lower()[:1])]
    return (begins or [Kind.OTHER])[0].value


def _python() -> str:
    """As one types it in the folder the server was started in."""
    python = Path(sys.executable)
    return os.path.relpath(python) if python.is_relative_to(Path.cwd()) else str(python)
