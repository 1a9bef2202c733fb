"""Totals, and the inventory."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.services import At

router = APIRouter(prefix="/api/v1", tags=["totals"])


class Totals(BaseModel):
    """Rows in all."""

    events: Annotated[int, Field(examples=[40211])]
    deposits: Annotated[int, Field(examples=[1320])]
    photos: Annotated[int, Field(examples=[1320])]
    dead_letters: Annotated[int, Field(examples=[0])]
    alerts_firing: Annotated[int, Field(examples=[2])]
    devices: Annotated[int, Field(examples=[12])]
    devices_unknown: Annotated[int, Field(examples=[1])]
    forward_lag: Annotated[int, Field(description="Events the history does not have yet", examples=[0])]
    dead_letters_by_reason: Annotated[dict[str, int], Field(examples=[{}])]
    last_change: Annotated[int, Field(description="The live stream's newest number", examples=[4711])]


@router.get("/totals", summary="Rows in all")
def totals(at: At) -> Totals:
    """What the store holds."""
    return Totals(
        **at.store.totals(),
        forward_lag=at.store.forward_lag(),
        dead_letters_by_reason=at.store.dead_letter_counts(),
        last_change=at.store.change_bounds()[1],
    )
