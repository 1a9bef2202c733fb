"""Bins as they are now."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.parameters import BuildingFilter, CommunityFilter
from api.services import At
from api.views.bins import Bin, collect

router = APIRouter(prefix="/api/v1", tags=["bins"])


class Bins(BaseModel):
    """All bins."""

    items: list[Bin]


@router.get("/bins", summary="Current levels")
def bins(at: At, community: CommunityFilter = "", building: BuildingFilter = "") -> Bins:
    """Devices with compartments, and those that have reported some."""
    return Bins(items=collect(at.store.devices(community), at.store.current(community), building))
