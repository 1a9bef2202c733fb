"""How well people sort, with honest error bars."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.services import Services
from linli.compliance import Tally, accuracy, participation
from linli.inventory import Community
from linli.ports.rows import CountRow
from linli.waste import Outcome

Grouping = Literal["building", "household", "kind", "day"]


class Outcomes(BaseModel):
    """Deposits by outcome. Unsure ones are not judged, and never counted as wrong."""

    correct: Annotated[int, Field(examples=[171])]
    missorted: Annotated[int, Field(examples=[18])]
    missed_recycling: Annotated[int, Field(examples=[7])]
    unsure: Annotated[int, Field(examples=[22])]


class AccuracyAnswer(BaseModel):
    """投放准确率 correct ÷ judged, 0..1, with its 95 % interval; null below enough evidence."""

    value: Annotated[float | None, Field(examples=[0.872])]
    low: Annotated[float | None, Field(examples=[0.818])]
    high: Annotated[float | None, Field(examples=[0.912])]
    judged: Annotated[int, Field(examples=[196])]
    enough: Annotated[bool, Field(examples=[True])]


class Participation(BaseModel):
    """参与率: households with a judged deposit ÷ registered households; `value` null when none is."""

    seen: Annotated[int, Field(examples=[19])]
    registered: Annotated[int, Field(examples=[24])]
    value: Annotated[float | None, Field(examples=[0.79])]


class Group(BaseModel):
    """One group; what it is not grouped by is empty. `weight_kg` is 分出量, its sum."""

    building: Annotated[str, Field(examples=["b1"])] = ""
    household: Annotated[str, Field(examples=[""])] = ""
    kind: Annotated[str, Field(examples=[""])] = ""
    day: Annotated[str, Field(examples=[""])] = ""
    deposits: Annotated[int, Field(examples=[218])]
    outcomes: Outcomes
    accuracy: AccuracyAnswer
    participation: Annotated[Participation | None, Field(description="Only by building, and in sum")]
    weight_kg: Annotated[float, Field(examples=[84.2])]


class Compliance(BaseModel):
    """The community as a whole, and its groups. Days are its local days."""

    community: Annotated[str, Field(examples=["haitang"])]
    by: Annotated[list[str], Field(examples=[["building"]])]
    first_day: Annotated[str, Field(examples=["2026-11-19"])]
    last_day: Annotated[str, Field(examples=["2026-11-25"])]
    total: Group
    items: list[Group]


def answer(at: Services, place: Community, by: list[Grouping], first: str, last: str) -> Compliance:
    """How well a community sorts, as a whole and by group."""
    seen = at.store.households_seen(place.id, first, last)
    rows = at.store.counts(place.id, by, first, last)
    groups: dict[tuple[str, str, str, str], list[CountRow]] = {}
    for row in rows:
        groups.setdefault((row.building, row.household, row.kind, row.day), []).append(row)
    total = _group(("", "", "", ""), rows, _participation(place, seen, ""))
    items = [
        _group(key, group, _participation(place, seen, key[0]) if by == ["building"] and key[0] else None)
        for key, group in sorted(groups.items())
    ]
    return Compliance(
        community=place.id, by=list(by), first_day=first, last_day=last, total=total, items=items
    )


def _group(key: tuple[str, str, str, str], rows: list[CountRow], share: Participation | None) -> Group:
    tally = Tally()
    for row in rows:
        tally = tally.plus(Outcome(row.outcome), row.deposits)
    shown = accuracy(tally)
    return Group(
        building=key[0],
        household=key[1],
        kind=key[2],
        day=key[3],
        deposits=tally.deposits,
        outcomes=Outcomes(**{name: getattr(tally, name) for name in Outcomes.model_fields}),
        accuracy=AccuracyAnswer(**{name: getattr(shown, name) for name in AccuracyAnswer.model_fields}),
        participation=share,
        weight_kg=round(sum(row.weight_kg for row in rows), 3),
    )


def _participation(place: Community, seen: dict[str, int], building: str) -> Participation:
    """Of a building, or of the community when it is empty."""
    if building:
        known = place.buildings.get(building)
        registered = known.households if known is not None else 0
    else:
        registered = sum(one.households for one in place.buildings.values())
    count = seen.get(building, 0)
    return Participation(seen=count, registered=registered, value=participation(count, registered))
