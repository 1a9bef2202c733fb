"""Who is where: communities, buildings, households and devices, as inventory.toml and the store name them."""

import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from linli.errors import InvalidInventory
from linli.identifiers import is_name
from linli.waste import Kind

HOUSEHOLDS_MAX = 1_000_000
Choice = TypeVar("Choice", bound=StrEnum)


class DeviceType(StrEnum):
    """What a device is."""

    BIN = "bin"
    CAMERA = "camera"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Building:
    """A building and how many households are registered in it."""

    id: str
    name: str
    households: int = 0


@dataclass(frozen=True, slots=True)
class Community:
    """A community: its days are those of `timezone` (an IANA name), its rules those of `profile`."""

    id: str
    name_zh: str
    name_en: str
    timezone: str
    profile: str
    buildings: Mapping[str, Building]


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is accepted. `compartments` maps a compartment's name to the kind it is for."""

    community: str
    id: str
    building: str
    type: DeviceType = DeviceType.BIN
    name: str = ""
    compartments: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All communities, and the devices of each by (community, device)."""

    communities: Mapping[str, Community]
    devices: Mapping[tuple[str, str], Device]

    def device(self, community: str, device: str) -> Device | None:
        """The accepted device, or None when it is unknown."""
        return self.devices.get((community, device))


def parse_inventory(text: str) -> Inventory:
    """Read inventory.toml.

    Raises InvalidInventory, naming the entry: a name that is none, a building or zone that does not exist.
    """
    try:
        raw = tomllib.loads(text)
        communities = {key: _community(key, entry) for key, entry in raw.get("communities", {}).items()}
        devices: dict[tuple[str, str], Device] = {}
        for key, entry in raw.get("communities", {}).items():
            for name, device in entry.get("devices", {}).items():
                devices[key, name] = make_device(communities[key], name, device)
        return Inventory(communities, devices)
    except KeyError as error:
        raise InvalidInventory(f"the inventory lacks {error}") from error
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise InvalidInventory(f"the inventory cannot be read: {error}") from error


def make_device(community: Community, name: str, entry: Mapping[str, Any]) -> Device:
    """One device from its entry: `building`, and if wanted `type`, `name`, `compartments`.

    Raises InvalidInventory.
    """
    where = f"device {community.id}/{name}"
    _check_name(where, name)
    building = str(entry["building"]) if "building" in entry else ""
    if building not in community.buildings:
        raise InvalidInventory(f"{where}: {community.id} has no building {building!r}")
    device_type = _one_of(DeviceType, entry.get("type", "bin"), where)
    compartments = {key: _one_of(Kind, kind, where) for key, kind in entry.get("compartments", {}).items()}
    for compartment in compartments:
        _check_name(f"{where}, compartment", compartment)
    return Device(community.id, name, building, device_type, str(entry.get("name", "")), compartments)


def _one_of(known: type[Choice], name: Any, where: str) -> Choice:
    try:
        return known(name)
    except ValueError:
        raise InvalidInventory(f"{where}: {name!r} is none of {', '.join(known)}") from None


def _community(key: str, entry: Mapping[str, Any]) -> Community:
    where = f"community {key}"
    _check_name(where, key)
    zone = str(entry["timezone"])
    if zone not in zoneinfo.available_timezones():
        raise InvalidInventory(f"{where}: {zone!r} is no time zone")
    buildings = {}
    for name, raw in entry.get("buildings", {}).items():
        _check_name(f"{where}, building", name)
        households = raw.get("households", 0)
        if not isinstance(households, int) or not 0 <= households <= HOUSEHOLDS_MAX:
            raise InvalidInventory(f"{where}, building {name}: households must be 0 to {HOUSEHOLDS_MAX}")
        buildings[name] = Building(name, str(raw.get("name", name)), households)
    return Community(
        key,
        str(entry.get("name_zh", key)),
        str(entry.get("name_en", key)),
        zone,
        str(entry.get("profile", "national")),
        buildings,
    )


def _check_name(where: str, name: str) -> None:
    if not is_name(name):
        raise InvalidInventory(f"{where}: {name!r} is no name (letters, digits, _ and -, at most 64)")
