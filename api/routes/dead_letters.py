"""Dead letters: what was refused, and why."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api.paging import next_page, number_before
from api.parameters import Before, Limit
from api.services import At
from linli.ports.rows import DeadLetter as DeadLetterRow

router = APIRouter(prefix="/api/v1", tags=["dead-letters"])


class DeadLetter(BaseModel):
    """Something refused. `raw_*` are its first 4 KB; `sha256` and `size` are of the whole."""

    id: Annotated[int, Field(examples=[3])]
    topic: Annotated[str, Field(examples=["linli/v1/haitang/bin-01/events"])]
    reason: Annotated[str, Field(examples=["schema"])]
    detail: Annotated[str, Field(examples=["Expected `float` <= 100.0 - at `$.fill_pct`"])]
    raw_text: Annotated[
        str, Field(description="Printable as it is, the rest escaped", examples=['{"kind":"telemetry"}'])
    ]
    raw_base64: Annotated[str, Field(description="The bytes", examples=["eyJraW5kIjoidGVsZW1ldHJ5In0="])]
    sha256: Annotated[str, Field(examples=["9f86d081" + "0" * 56])]
    size: Annotated[int, Field(description="bytes", examples=[20])]
    received_ms: Annotated[int, Field(examples=[1764032400000])]
    times: Annotated[int, Field(description="How often the same came again", examples=[1])]


class DeadLetters(BaseModel):
    """A page, newest first, and the counts over all."""

    counts: Annotated[dict[str, int], Field(description="By reason", examples=[{"schema": 1}])]
    items: list[DeadLetter]
    next: Annotated[str | None, Field(examples=[None])]


@router.get("/dead-letters", summary="What was refused, newest first")
def dead_letters(
    at: At,
    request: Request,
    reason: Annotated[str, Query(pattern=r"^[a-z0-9_]{0,64}$")] = "",
    before: Before = "",
    limit: Limit = 100,
) -> DeadLetters:
    """Nothing refused is silent: it is counted and kept here with its reason."""
    found = at.store.dead_letters(number_before(before), limit, reason)
    more = next_page(request, before=str(found[-1].id)) if len(found) == limit else None
    return DeadLetters(counts=at.store.dead_letter_counts(), items=[_letter(row) for row in found], next=more)


def _letter(row: DeadLetterRow) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        topic=printable(row.topic),
        reason=row.reason,
        detail=printable(row.detail),
        raw_text=printable(row.raw.decode("utf-8", "backslashreplace")),
        raw_base64=base64.b64encode(row.raw).decode(),
        sha256=row.sha256,
        size=row.size,
        received_ms=row.received_ms,
        times=row.times,
    )


def printable(text: str) -> str:
    """The text with everything that is not printable escaped: no control character, no bidi trick."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
