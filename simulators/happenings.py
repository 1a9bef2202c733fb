"""What can happen in the neighbourhood, as values. `at_s` is simulated time: seconds since the beginning."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BAG = "bag"
EMPTY = "empty"
COVERED = "covered"
"""Scenes that are no item."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is before a lens: an item or a scene, and which picture of it (any number; pictures go round)."""

    what: str
    picture: int


@dataclass(frozen=True, slots=True)
class Thrown:
    """A household throws something in. `item` is what it truly is, also when only a bag can be seen."""

    at_s: float
    device: str
    compartment: str
    household: str
    item: str
    weight_kg: float
    shown: Shown


@dataclass(frozen=True, slots=True)
class Measured:
    """A bin reads its sensors: channels by compartment, None for the device's own."""

    at_s: float
    device: str
    values: Mapping[str | None, Mapping[str, float]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Looked:
    """A camera takes a photo."""

    at_s: float
    device: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Broke:
    """A part of a device fails, or works again (`active` False)."""

    at_s: float
    device: str
    code: str
    active: bool
    detail: str
    compartment: str | None = None


Happening = Thrown | Measured | Looked | Broke

Act = Callable[[float], Happening | None]
"""Something planned: given its time, it changes the world and may be a happening."""
