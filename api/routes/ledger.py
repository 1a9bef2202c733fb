"""The ledger: what of each device's numbered events was received, and what was lost."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.parameters import CommunityFilter, DeviceFilter
from api.services import At
from linli.ports.rows import LedgerRow

RANGES_SHOWN = 100

router = APIRouter(prefix="/api/v1", tags=["ledger"])


class LedgerSum(BaseModel):
    """Counts of events. `missing`: below the largest, not here yet. `dropped`: given up by the device."""

    received: Annotated[int, Field(description="Stored, each once", examples=[1204])] = 0
    duplicate: Annotated[int, Field(description="Came again and were not stored again", examples=[3])] = 0
    missing: Annotated[int, Field(examples=[0])] = 0
    dropped: Annotated[int, Field(examples=[0])] = 0
    dead: Annotated[int, Field(description="Refused, kept as dead letters", examples=[0])] = 0
    late: Annotated[int, Field(description="Came more than 15 minutes after they happened", examples=[0])] = 0
    lost: Annotated[int, Field(description="missing + dropped", examples=[0])] = 0


class DeviceLedger(LedgerSum):
    """All epochs of one device."""

    community: Annotated[str, Field(examples=["haitang"])]
    device: Annotated[str, Field(examples=["bin-01"])]


class EpochLedger(DeviceLedger):
    """One epoch of a device: one life of its outbox."""

    epoch: Annotated[str, Field(examples=["k3J8vPqLw2Zx"])]
    through: Annotated[int, Field(description="Every number to here is settled", examples=[1204])]
    missing_ranges: Annotated[
        list[tuple[int, int]],
        Field(description=f"The gaps, inclusive, at most {RANGES_SHOWN}", examples=[[]]),
    ]
    first_ms: Annotated[int, Field(examples=[1764030000000])]
    last_ms: Annotated[int, Field(examples=[1764032400000])]


class Ledger(BaseModel):
    """In sum, by device, and each epoch (`items`)."""

    total: LedgerSum
    devices: list[DeviceLedger]
    items: list[EpochLedger]


@router.get("/ledger", summary="What was received, came twice, is missing")
def ledger(at: At, community: CommunityFilter = "", device: DeviceFilter = "") -> Ledger:
    """Every number a device gave out is stored, refused, given up or missing; there is no other end."""
    rows = at.store.ledger(community, device)
    by_device: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in rows:
        by_device.setdefault((row.community, row.device), []).append(row)
    devices = [
        DeviceLedger(community=key[0], device=key[1], **sum_of(group).model_dump())
        for key, group in by_device.items()
    ]
    return Ledger(total=sum_of(rows), devices=devices, items=[_epoch(row) for row in rows])


def sum_of(rows: Iterable[LedgerRow]) -> LedgerSum:
    """The sum over some epochs."""
    total = LedgerSum()
    for row in rows:
        for name in ("received", "duplicate", "dropped", "dead", "late"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        total.missing += sum(end - start + 1 for start, end in row.settled.missing())
    total.lost = total.missing + total.dropped
    return total


def _epoch(row: LedgerRow) -> EpochLedger:
    return EpochLedger(
        community=row.community,
        device=row.device,
        epoch=row.epoch,
        through=row.settled.through,
        missing_ranges=row.settled.missing()[:RANGES_SHOWN],
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        **sum_of([row]).model_dump(),
    )
