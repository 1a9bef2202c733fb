"""The inventory: communities and their buildings."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.services import At

router = APIRouter(prefix="/api/v1", tags=["communities"])


class Building(BaseModel):
    """A building and how many households are registered in it."""

    id: Annotated[str, Field(examples=["b1"])]
    name: Annotated[str, Field(examples=["1号楼"])]
    households: Annotated[int, Field(examples=[24])]


class Community(BaseModel):
    """A community: its days are those of `timezone`, its rules those of `profile`."""

    id: Annotated[str, Field(examples=["haitang"])]
    name_zh: Annotated[str, Field(examples=["海棠里"])]
    name_en: Annotated[str, Field(examples=["Haitang Lane"])]
    timezone: Annotated[str, Field(examples=["Asia/Shanghai"])]
    profile: Annotated[str, Field(examples=["shanghai"])]
    buildings: list[Building]


class Communities(BaseModel):
    """All of them."""

    items: list[Community]


@router.get("/communities", summary="Communities and their buildings")
def communities(at: At) -> Communities:
    """As the inventory names them."""
    found = at.store.inventory().communities.values()
    return Communities(
        items=[
            Community(
                id=one.id,
                name_zh=one.name_zh,
                name_en=one.name_en,
                timezone=one.timezone,
                profile=one.profile,
                buildings=[
                    Building(id=building.id, name=building.name, households=building.households)
                    for building in one.buildings.values()
                ],
            )
            for one in found
        ]
    )
