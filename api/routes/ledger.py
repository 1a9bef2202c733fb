"""The ledger: what was received, came twice, is missing; by epoch, by device, by community and in all."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api.paging import names_after, next_page
from api.parameters import After, CommunityFilter, DeviceFilter, Limit
from api.services import At
from api.views.ledger import (
    Account,
    CommunityAccount,
    DeviceAccount,
    EpochAccount,
    account_of,
    community_of,
    device_of,
    epoch_of,
)

router = APIRouter(prefix="/api/v1", tags=["ledger"])

Grouping = Literal["epoch", "device"]


class Ledger(BaseModel):
    """In sum over all that was asked for, each community's sum, and a page of epochs (or of devices)."""

    total: Account
    communities: list[CommunityAccount]
    items: list[EpochAccount] | list[DeviceAccount]
    next: Annotated[
        str | None, Field(examples=["/api/v1/ledger?limit=100&after=haitang.bin-01.k3J8vPqLw2Zx"])
    ]


@router.get("/ledger", summary="What was received, came twice, is missing")
def ledger(
    at: At,
    request: Request,
    community: CommunityFilter = "",
    device: DeviceFilter = "",
    by: Annotated[Grouping, Query(description="What an item is")] = "epoch",
    after: After = "",
    limit: Limit = 100,
) -> Ledger:
    """Every number a device gave out is stored, refused, given up or missing; there is no other end."""
    items: list[EpochAccount] | list[DeviceAccount]
    if by == "device":
        first, second, _ = names_after(after, 2)
        found = at.store.ledger_of_devices(community, device, (first, second), limit)
        items = [device_of(one) for one in found]
        last = f"{found[-1].community}.{found[-1].device}" if len(found) == limit else ""
    else:
        rows = at.store.ledger(community, device, names_after(after, 3), limit)
        items = [epoch_of(row) for row in rows]
        last = f"{rows[-1].community}.{rows[-1].device}.{rows[-1].epoch}" if len(rows) == limit else ""
    sums = [community_of(one) for one in at.store.ledger_of_communities()]
    return Ledger(
        total=account_of(at.store.ledger_sum(community, device)),
        communities=[one for one in sums if community in ("", one.community)],
        items=items,
        next=next_page(request, after=last) if last else None,
    )
