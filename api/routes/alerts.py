"""Alerts: what needs somebody, and what a person says to it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.access import operator
from api.paging import next_page, pair_before
from api.parameters import (
    PERSON,
    AlertId,
    Before,
    BuildingFilter,
    CommunityFilter,
    DeviceFilter,
    Limit,
)
from api.services import At
from linli.alerts.state import AlertKind, Severity, State
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.operational import AlertQuery

router = APIRouter(prefix="/api/v1", tags=["alerts"])


class Alert(BaseModel):
    """An alert. It is firing until `resolved_ms`; acknowledged is another question. Times are ms UTC."""

    id: Annotated[str, Field(examples=["3f9c0a71d2e85b46"])]
    community: Annotated[str, Field(examples=["haitang"])]
    building: Annotated[str, Field(examples=["b1"])]
    device: Annotated[str, Field(examples=["bin-01"])]
    compartment: Annotated[str, Field(examples=["k1"])]
    kind: Annotated[AlertKind, Field(examples=["heat"])]
    severity: Annotated[Severity, Field(examples=["critical"])]
    state: Annotated[str, Field(examples=["firing"])]
    reason: Annotated[str, Field(examples=["over_limit"])]
    value: Annotated[float | None, Field(examples=[67.0])]
    photo_sha256: Annotated[str, Field(description="Evidence, or empty", examples=[""])]
    fired_ms: Annotated[int, Field(examples=[1764032400000])]
    resolved_ms: Annotated[int | None, Field(examples=[None])]
    pages: Annotated[bool, Field(description="It was fresh enough to call somebody", examples=[True])]
    acknowledged_ms: Annotated[int | None, Field(examples=[None])]
    acknowledged_by: Annotated[str, Field(examples=[""])]


class Change(BaseModel):
    """One line of an alert's timeline. `recorded_ms` may be later than `at_ms`: late data."""

    change: Annotated[str, Field(examples=["fired"])]
    reason: Annotated[str, Field(examples=["over_limit"])]
    at_ms: Annotated[int, Field(examples=[1764032400000])]
    recorded_ms: Annotated[int, Field(examples=[1764032400210])]
    by: Annotated[str, Field(description="rule, or a person", examples=["rule"])]
    value: Annotated[float | None, Field(examples=[67.0])]
    number: Annotated[int, Field(examples=[12])]


class AlertDetail(Alert):
    """An alert with its timeline, oldest first."""

    timeline: list[Change]


class Alerts(BaseModel):
    """A page, newest first."""

    items: list[Alert]
    next: Annotated[
        str | None, Field(examples=["/api/v1/alerts?limit=100&before=1764032400000.3f9c0a71d2e85b46"])
    ]


class Act(BaseModel):
    """Who says so."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": "王敏"}]})

    by: Annotated[str, Field(min_length=1, max_length=64, pattern=PERSON, examples=["王敏"])]


@router.get("/alerts", summary="Alerts, newest first")
def alerts(
    at: At,
    request: Request,
    community: CommunityFilter = "",
    building: BuildingFilter = "",
    device: DeviceFilter = "",
    kind: AlertKind | None = None,
    state: Annotated[State | None, Query(description="firing or resolved")] = None,
    before: Before = "",
    limit: Limit = 100,
) -> Alerts:
    """All conditions hold together. Follow `next` until it is null."""
    query = AlertQuery(
        community=community,
        building=building,
        device=device,
        kind=kind.value if kind is not None else "",
        state=state.value if state is not None else "",
        before=pair_before(before),
        limit=limit,
    )
    found = at.store.alerts(query)
    last = f"{found[-1].fired_ms}.{found[-1].id}" if len(found) == limit else ""
    return Alerts(
        items=[alert_of(row) for row in found], next=next_page(request, before=last) if last else None
    )


@router.get("/alerts/{alert_id}", summary="An alert with its timeline")
def alert(at: At, alert_id: AlertId) -> AlertDetail:
    """404 when there is none."""
    row, changes = at.store.alert(alert_id)
    return AlertDetail(**alert_of(row).model_dump(), timeline=[_change(one) for one in changes])


@router.post(
    "/alerts/{alert_id}/acknowledge", summary="Somebody has seen it", dependencies=[Depends(operator)]
)
def acknowledge(at: At, alert_id: AlertId, act: Act) -> Alert:
    """Again, by anyone, changes nothing: the first one stands."""
    return alert_of(at.store.acknowledge(alert_id, act.by.strip(), at.clock()))


@router.post(
    "/alerts/{alert_id}/resolve", summary="Somebody says it is over", dependencies=[Depends(operator)]
)
def resolve(at: At, alert_id: AlertId, act: Act) -> Alert:
    """Its rule stays quiet until the readings have cleared. 409 when it is not firing."""
    return alert_of(at.store.resolve(alert_id, act.by.strip(), at.clock()))


def alert_of(row: AlertRow) -> Alert:
    """The row as the API shows it."""
    return Alert(**{name: getattr(row, name) for name in Alert.model_fields})


def _change(row: AlertChange) -> Change:
    return Change(**{name: getattr(row, name) for name in Change.model_fields})
