"""GET /ledger: that nothing is lost, or what: of the community, of each device, and of all communities."""

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.pages.ledger_card import Line, Statement, line, statement
from api.pages.page import render
from api.pages.visit import Visit, visit
from api.parameters import NAME_OR_NONE
from api.services import At, Services
from linli.inventory import Community
from linli.ports.rows import LedgerSum, LedgerTotal

DEVICES_SHOWN = 100

router = APIRouter(tags=["pages"])


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """`devices`: those that lost most come first; `more` of them are not shown."""

    here: Statement
    devices: list[Line]
    more: int
    communities: list[Line]


@router.get("/ledger", summary="The ledger")
def ledger(at: At, request: Request, community: Annotated[str, Query(pattern=NAME_OR_NONE)] = "") -> Response:
    """Of one community; the sums of the others beside it."""
    v = visit(request, at, community)
    return render(request, "ledger.html", v, page=look(at, v))


def look(at: Services, v: Visit) -> LedgerPage:
    """Read what the page shows."""
    sums = at.store.ledger_of_communities()
    here = next((one.sum for one in sums if one.community == v.community.id), LedgerSum())
    worst = at.store.ledger_worst(v.community.id, DEVICES_SHOWN + 1)
    count = len(at.store.devices(v.community.id)) if len(worst) > DEVICES_SHOWN else len(worst)
    return LedgerPage(
        statement(v.w, here),
        [_device(v, one) for one in worst[:DEVICES_SHOWN]],
        max(0, count - DEVICES_SHOWN),
        _communities(v, sums) if len(v.communities) > 1 else [],
    )


def _device(v: Visit, one: LedgerTotal) -> Line:
    known = v.inventory.device(one.community, one.device)
    name = known.name if known is not None and known.name else one.device
    home = v.home(known.building, name) if known is not None else ""
    called = f"{home} · {name}" if home else name
    detail = one.device if name != one.device else ""
    href = f"/devices/{one.community}/{one.device}"
    return line(v.w, called, detail, href, one.sum, (one.first_ms, one.last_ms))


def _communities(v: Visit, sums: list[LedgerTotal]) -> list[Line]:
    """Each of them, and all in one."""
    of = {one.community: one for one in sums}
    lines = [_community(v, place, of.get(place.id)) for place in v.communities]
    total = LedgerSum(
        *(sum(getattr(one.sum, name) for one in sums) for name in (field.name for field in fields(LedgerSum)))
    )
    times = min((one.first_ms for one in sums), default=0), max((one.last_ms for one in sums), default=0)
    return [*lines, line(v.w, v.w("ledger.in_all"), "", "", total, times)]


def _community(v: Visit, place: Community, found: LedgerTotal | None) -> Line:
    one = found or LedgerTotal(place.id, "", LedgerSum(), 0, 0, 0)
    href = f"/ledger?community={place.id}"
    return line(v.w, v.title(place), "", href, one.sum, (one.first_ms, one.last_ms))
