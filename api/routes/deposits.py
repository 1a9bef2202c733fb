"""Deposits with their verdicts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api.paging import next_page, number_before
from api.parameters import (
    Before,
    BuildingFilter,
    CommunityFilter,
    DayFilter,
    DeviceFilter,
    Limit,
    MillisFilter,
)
from api.services import At
from linli.ports.operational import DepositQuery, StoredDeposit
from linli.waste import Outcome

router = APIRouter(prefix="/api/v1", tags=["deposits"])


class Deposit(BaseModel):
    """A judged deposit. `chosen` is the compartment's kind, `seen` that of what was thrown in, or empty."""

    id: Annotated[int, Field(examples=[981])]
    community: Annotated[str, Field(examples=["haitang"])]
    building: Annotated[str, Field(examples=["b1"])]
    device: Annotated[str, Field(examples=["bin-01"])]
    epoch: Annotated[str, Field(examples=["k3J8vPqLw2Zx"])]
    seq: Annotated[int, Field(examples=[204])]
    compartment: Annotated[str, Field(examples=["k1"])]
    chosen: Annotated[str, Field(examples=["kitchen"])]
    seen: Annotated[str, Field(examples=["hazardous"])]
    item: Annotated[str, Field(examples=["battery"])]
    confidence: Annotated[float | None, Field(examples=[0.93])]
    outcome: Annotated[Outcome, Field(examples=["missorted"])]
    gravity: Annotated[str, Field(examples=["grave"])]
    reason: Annotated[str, Field(examples=["kitchen_with_hazardous"])]
    household: Annotated[str, Field(description="A pseudonym, or empty", examples=[""])]
    weight_kg: Annotated[float | None, Field(examples=[0.4])]
    photo_sha256: Annotated[str, Field(description="/api/v1/photos/…", examples=["9f86d081" + "0" * 56])]
    model: Annotated[str, Field(description="Hash of the classifier", examples=["9f86d081884c7d65"])]
    profile: Annotated[str, Field(description="Jurisdiction and version", examples=["shanghai/2019.1"])]
    placed_ms: Annotated[int, Field(examples=[1764032400000])]
    day: Annotated[str, Field(examples=["2026-11-25"])]


class Deposits(BaseModel):
    """A page, newest first."""

    items: list[Deposit]
    next: Annotated[str | None, Field(examples=["/api/v1/deposits?limit=100&before=912"])]


@router.get("/deposits", summary="Deposits, newest first")
def deposits(
    at: At,
    request: Request,
    community: CommunityFilter = "",
    building: BuildingFilter = "",
    device: DeviceFilter = "",
    household: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")] = "",
    outcome: Outcome | None = None,
    day: DayFilter = "",
    start: MillisFilter = None,
    end: MillisFilter = None,
    before: Before = "",
    limit: Limit = 100,
) -> Deposits:
    """All conditions hold together. Follow `next` until it is null."""
    query = DepositQuery(
        community=community,
        building=building,
        device=device,
        household=household,
        outcome=outcome.value if outcome is not None else "",
        day=day,
        start_ms=start,
        end_ms=end,
        before=number_before(before),
        limit=limit,
    )
    found = at.store.deposits(query)
    more = next_page(request, before=str(found[-1].id)) if len(found) == limit else None
    return Deposits(items=[deposit_of(one) for one in found], next=more)


def deposit_of(stored: StoredDeposit) -> Deposit:
    """The stored deposit as the API shows it."""
    row = stored.deposit
    fields = {name: getattr(row, name) for name in Deposit.model_fields if name != "id"}
    return Deposit(id=stored.id, **fields)
