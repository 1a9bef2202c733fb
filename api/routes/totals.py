"""Totals: rows in all."""

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
    forward_lag: Annotated[
        int | None,
        Field(description="Events InfluxDB does not have yet; absent when none is set", examples=[0]),
    ] = None
    dead_letters_by_reason: Annotated[dict[str, int], Field(examples=[{}])]
    last_change: Annotated[int, Field(description="The live stream's newest number", examples=[4711])]


@router.get("/totals", summary="Rows in all", response_model_exclude_none=True)
def totals(at: At) -> Totals:
    """What the store holds."""
    return Totals(
        **at.store.totals(),
        forward_lag=at.forward_lag(),
        dead_letters_by_reason=at.store.dead_letter_counts(),
        last_change=at.store.change_bounds()[1],
    )
