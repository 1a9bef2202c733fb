"""What really happened in the simulated neighbourhood, as the simulator wrote it down."""

from pathlib import Path
from typing import Literal

import msgspec

from deploy.errors import DeployError


class Emitted(msgspec.Struct, frozen=True):
    """How many events a device gave numbers to, by kind."""

    total: int
    telemetry: int = 0
    deposit: int = 0
    observation: int = 0
    fault: int = 0


class Counter(msgspec.Struct, frozen=True):
    """A device's epoch: it gave out the numbers 1 to `events`."""

    epoch: str
    events: int


class Raised(msgspec.Struct, frozen=True):
    """How often an alert that follows from readings began and ended at one place."""

    device: str
    kind: str
    fired: int
    resolved: int
    compartment: str = ""


class Thrown(msgspec.Struct, frozen=True):
    """A deposit, and what a perfect judge would say of it."""

    device: str
    epoch: str
    seq: int
    outcome: str


class Truth(msgspec.Struct, frozen=True):
    """The whole truth file. Keys it has beside these are the simulator's own."""

    community: str
    started_ms: int
    ended_ms: int
    pictures: Literal["drawn", "real"]
    drained: bool
    devices: dict[str, Counter]
    events: Emitted
    photos: int
    alerts: list[Raised]
    deposits: list[Thrown]


def read(path: Path) -> Truth:
    """Raises DeployError when there is no readable truth file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Truth)
    except OSError as error:
        raise DeployError(f"the simulator left no truth file: {error}") from error
    except msgspec.DecodeError as error:
        raise DeployError(f"the truth file {path} cannot be read: {error}") from error
