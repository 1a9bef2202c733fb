"""Telemetry over time, from InfluxDB where it is set, else from the operational store."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.parameters import NAME, NAME_OR_NONE, MillisFilter
from api.services import At
from linli.errors import InvalidQuery
from linli.events import CHANNELS
from linli.identifiers import MILLIS_MAX
from linli.ports.history import SeriesQuery

DAY_MS = 86_400_000
POINTS_MAX = 5_000
SPAN_MAX_MS = 400 * DAY_MS

router = APIRouter(prefix="/api/v1", tags=["telemetry"])

ChannelName = StrEnum("ChannelName", {name: name for name in CHANNELS})  # type: ignore[misc]


class Sample(BaseModel):
    """A value; with `step` it is the mean of the interval that begins at `at_ms`."""

    at_ms: Annotated[int, Field(examples=[1764032400000])]
    value: Annotated[float, Field(examples=[71.5])]


class Series(BaseModel):
    """One channel at one place over [start, end)."""

    channel: Annotated[str, Field(examples=["fill_pct"])]
    unit: Annotated[str, Field(examples=["%"])]
    start: Annotated[int, Field(examples=[1763946000000])]
    end: Annotated[int, Field(examples=[1764032400000])]
    step: Annotated[int | None, Field(examples=[600000])]
    limited: Annotated[bool, Field(description="There is more than was given", examples=[False])]
    items: list[Sample]


@router.get("/telemetry", summary="One channel over time")
def telemetry(
    at: At,
    community: Annotated[str, Query(pattern=NAME, examples=["haitang"])],
    device: Annotated[str, Query(pattern=NAME, examples=["bin-01"])],
    channel: Annotated[ChannelName, Query(examples=["fill_pct"])],
    compartment: Annotated[
        str, Query(pattern=NAME_OR_NONE, description="Empty: the device itself", examples=["k1"])
    ] = "",
    start: MillisFilter = None,
    end: MillisFilter = None,
    step: Annotated[
        int | None,
        Query(ge=1_000, le=SPAN_MAX_MS, description="ms; without it every value", examples=[600_000]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=POINTS_MAX)] = POINTS_MAX,
) -> Series:
    """Without `start` and `end` the last 24 hours. 503 when the time-series store is away."""
    until = end if end is not None else min(at.clock(), MILLIS_MAX)
    since = start if start is not None else max(0, until - DAY_MS)
    check_range(since, until, step)
    query = SeriesQuery(community, device, compartment, channel, since, until, step, limit)
    items = [Sample(at_ms=one.at_ms, value=one.value) for one in at.history.series(query)]
    return Series(
        channel=channel,
        unit=CHANNELS[channel],
        start=since,
        end=until,
        step=step,
        limited=len(items) >= limit,
        items=items,
    )


def check_range(start: int, end: int, step: int | None) -> None:
    """Raises InvalidQuery."""
    if end <= start:
        raise InvalidQuery("end must be after start")
    if end - start > SPAN_MAX_MS:
        raise InvalidQuery("the range may span 400 days at most")
    if step is not None and (end - start) // step > POINTS_MAX:
        raise InvalidQuery(f"that step gives more than {POINTS_MAX} values: take a longer one")
