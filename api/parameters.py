"""What clients may ask with, as types that are validated before a route runs."""

from typing import Annotated

from fastapi import Path, Query

from linli.identifiers import MILLIS_MAX

# As in linli.identifiers, in the words of pydantic's regex engine, where $ is the very end.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
NAME_OR_NONE = r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63})?$"
NUMBER_MAX = 2**63 - 1
PERSON = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""Who says so: no control characters, and something that can be seen."""

CommunityName = Annotated[str, Query(pattern=NAME, description="Community", examples=["haitang"])]
CommunityPath = Annotated[str, Path(pattern=NAME, description="Community", examples=["haitang"])]
DevicePath = Annotated[str, Path(pattern=NAME, description="Device", examples=["bin-01"])]
AlertId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9._:-]{1,200}$", description="Alert", examples=["3f9c0a71d2e85b46"])
]
CommunityFilter = Annotated[str, Query(pattern=NAME_OR_NONE, description="Only this community")]
BuildingFilter = Annotated[str, Query(pattern=NAME_OR_NONE, description="Only this building")]
DeviceFilter = Annotated[str, Query(pattern=NAME_OR_NONE, description="Only this device")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many")]
Before = Annotated[str, Query(max_length=100, description="Where the page before ended; `next` has it")]
After = Annotated[str, Query(max_length=200, description="Where the page before ended; `next` has it")]
DayFilter = Annotated[
    str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$", description="A local day", examples=["2026-11-25"])
]
MillisFilter = Annotated[int | None, Query(ge=0, le=MILLIS_MAX, description="ms since 1970 UTC")]
