"""Compliance: sorting accuracy, participation and kilograms."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.parameters import CommunityName, DayFilter
from api.services import At
from api.views.compliance import Compliance, Grouping, answer
from linli.errors import InvalidQuery, NotFound

router = APIRouter(prefix="/api/v1", tags=["compliance"])


@router.get("/compliance", summary="Sorting accuracy, participation and kilograms")
def compliance(
    at: At,
    community: CommunityName,
    by: Annotated[
        list[Grouping] | None, Query(max_length=4, description="May be given more than once")
    ] = None,
    first: Annotated[DayFilter, Query(alias="from")] = "",
    last: Annotated[DayFilter, Query(alias="to")] = "",
) -> Compliance:
    """Grouped by building unless `by` says otherwise; `by=kind&by=day` gives kilograms per kind and day."""
    if first and last and last < first:
        raise InvalidQuery("to must not be before from")
    place = at.store.inventory().communities.get(community)
    if place is None:
        raise NotFound(f"there is no community {community}")
    return answer(at, place, list(dict.fromkeys(by or ["building"])), first, last)
