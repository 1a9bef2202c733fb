"""Bins as they are now: the level of each compartment."""

from typing import Annotated

from pydantic import BaseModel, Field

from linli.ports.rows import CurrentRow, DeviceRow


class Compartment(BaseModel):
    """One compartment: what it is for, and the newest value of each of its channels."""

    id: Annotated[str, Field(examples=["k1"])]
    kind: Annotated[str, Field(description="Empty when nobody has said", examples=["kitchen"])]
    channels: Annotated[dict[str, float], Field(examples=[{"fill_pct": 71.5, "temperature_c": 21.0}])]
    at_ms: Annotated[int | None, Field(description="The newest of them", examples=[1764032400000])]


class Bin(BaseModel):
    """A bin and its compartments; `channels` are those of the device itself."""

    community: Annotated[str, Field(examples=["haitang"])]
    device: Annotated[str, Field(examples=["bin-01"])]
    building: Annotated[str, Field(examples=["b1"])]
    name: Annotated[str, Field(examples=["1号楼东"])]
    state: Annotated[str, Field(examples=["online"])]
    accepted: Annotated[bool, Field(examples=[True])]
    heard_ms: Annotated[int, Field(examples=[1764032400000])]
    channels: Annotated[dict[str, float], Field(examples=[{"battery_pct": 84.0}])]
    compartments: list[Compartment]


def collect(devices: list[DeviceRow], current: list[CurrentRow], building: str = "") -> list[Bin]:
    """Join devices with their newest values."""
    places: dict[tuple[str, str], dict[str, list[CurrentRow]]] = {}
    for row in current:
        places.setdefault((row.community, row.device), {}).setdefault(row.compartment, []).append(row)
    wanted = [device for device in devices if building in ("", device.building)]
    made = (_bin(device, places.get((device.community, device.id), {})) for device in wanted)
    return [one for one in made if one.compartments]


def _bin(device: DeviceRow, places: dict[str, list[CurrentRow]]) -> Bin:
    names = list(device.compartments) + sorted(set(places) - set(device.compartments) - {""})
    return Bin(
        community=device.community,
        device=device.id,
        building=device.building,
        name=device.name,
        state=device.state,
        accepted=device.accepted,
        heard_ms=device.heard_ms,
        channels={row.channel: row.value for row in places.get("", [])},
        compartments=[
            _compartment(name, device.compartments.get(name, ""), places.get(name, [])) for name in names
        ],
    )


def _compartment(name: str, kind: str, rows: list[CurrentRow]) -> Compartment:
    return Compartment(
        id=name,
        kind=kind,
        channels={row.channel: row.value for row in rows},
        at_ms=max((row.placed_ms for row in rows), default=None),
    )
