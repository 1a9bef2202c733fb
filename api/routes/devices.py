"""Devices: who they are, whether they can be heard, and what they last said."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.parameters import CommunityFilter, CommunityPath, DevicePath
from api.services import At
from api.views.devices import find
from api.views.ledger import Account, account_of
from linli.ports.rows import CurrentRow, DeviceRow

router = APIRouter(prefix="/api/v1", tags=["devices"])


class Device(BaseModel):
    """A device. Times are ms UTC, 0 for never."""

    community: Annotated[str, Field(examples=["haitang"])]
    id: Annotated[str, Field(examples=["bin-01"])]
    accepted: Annotated[bool, Field(description="False: nobody has said where it stands", examples=[True])]
    building: Annotated[str, Field(examples=["b1"])]
    type: Annotated[str, Field(examples=["bin"])]
    name: Annotated[str, Field(examples=["1号楼东"])]
    compartments: Annotated[dict[str, str], Field(examples=[{"k1": "kitchen", "k2": "other"}])]
    state: Annotated[str, Field(description="online, offline, asleep, or empty", examples=["online"])]
    via: Annotated[str, Field(description="The gateway that speaks for it", examples=[""])]
    software: Annotated[str, Field(examples=["linli-edge/0.1.0"])]
    model: Annotated[str, Field(description="Hash of its classifier", examples=["9f86d081884c7d65"])]
    heard_ms: Annotated[int, Field(examples=[1764032400000])]
    events_ms: Annotated[int, Field(examples=[1764032400000])]
    wakes_ms: Annotated[int | None, Field(examples=[None])]
    first_ms: Annotated[int, Field(examples=[1764030000000])]


class Value(BaseModel):
    """The newest value of one channel; `compartment` is empty for the device itself."""

    compartment: Annotated[str, Field(examples=["k1"])]
    channel: Annotated[str, Field(examples=["fill_pct"])]
    value: Annotated[float, Field(examples=[71.5])]
    at_ms: Annotated[int, Field(examples=[1764032400000])]


class DeviceDetail(Device):
    """A device with what it last said and what of it was received."""

    values: list[Value]
    ledger: Account


class Devices(BaseModel):
    """All devices, unknown ones too."""

    items: list[Device]


@router.get("/devices", summary="Devices, unknown ones too")
def devices(at: At, community: CommunityFilter = "") -> Devices:
    """Every device that is in the inventory or has spoken."""
    return Devices(items=[device_of(row) for row in at.store.devices(community)])


@router.get("/devices/{community}/{device}", summary="One device with its values and its ledger")
def device(at: At, community: CommunityPath, device: DevicePath) -> DeviceDetail:
    """404 when no such device is known or has spoken."""
    row = find(at.store.devices(community), device)
    values = [value_of(value) for value in at.store.current(community, device)]
    ledger = account_of(at.store.ledger_sum(community, device))
    return DeviceDetail(**device_of(row).model_dump(), values=values, ledger=ledger)


def device_of(row: DeviceRow) -> Device:
    """The row without what only ingest needs."""
    return Device(**{name: getattr(row, name) for name in Device.model_fields})


def value_of(row: CurrentRow) -> Value:
    """The row as a value of its device."""
    return Value(compartment=row.compartment, channel=row.channel, value=row.value, at_ms=row.placed_ms)
