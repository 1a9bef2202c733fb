"""GET /: what a property manager sees first."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.pages.alert_card import AlertCard, alert_cards, by_urgency
from api.pages.bin_card import BinCard, bin_card
from api.pages.compliance_bar import ComplianceBar, compliance_bars
from api.pages.deposit_card import DepositCard, deposit_card, latest_deposits
from api.pages.ledger_card import tone
from api.pages.newcomer import PLACEHOLDER, Newcomer, newcomers
from api.pages.page import render
from api.pages.photos import photos
from api.pages.presence import presences
from api.pages.visit import Visit, visit
from api.parameters import NAME_OR_NONE
from api.services import At, Services
from api.views import bins, compliance
from linli.ports.alert_rows import AlertRow
from linli.ports.operational import AlertQuery
from linli.ports.rows import DepositRow, DeviceRow, LedgerSum
from linli.waste import Kind

ALERTS_SHOWN, BINS_SHOWN = 8, 48
ALL_SHOWN = 500
RESOLVED_SHOWN = 5

router = APIRouter(tags=["pages"])


@dataclass(frozen=True, slots=True)
class Strip:
    """The figures at the top."""

    online: int
    devices: int
    alerts: int
    alerts_new: int
    deposits: int
    unsure: int
    ledger: LedgerSum
    lost_tone: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One look at a community. `position` is the live stream's number before anything was read."""

    position: int
    strip: Strip
    alerts: list[AlertCard]
    alerts_more: int
    resolved: list[AlertCard]
    bins: list[BinCard]
    bins_more: int
    bars: list[ComplianceBar]
    deposits: list[DepositCard]
    newcomers: list[Newcomer]


@router.get("/", summary="Overview")
def overview(
    at: At,
    request: Request,
    community: Annotated[str, Query(pattern=NAME_OR_NONE)] = "",
    part: Annotated[str, Query(pattern="^(live)?$")] = "",
    show: Annotated[str, Query(pattern="^(all)?$")] = "",
) -> Response:
    """The whole page; `part=live` gives what is inside its main element, for the live stream to put there."""
    v = visit(request, at, community)
    template = "parts/live.html" if part else "overview.html"
    seen = look(at, v, all_of_it=bool(show))
    return render(request, template, v, o=seen, show=show, placeholder=PLACEHOLDER, kinds=list(Kind))


def look(at: Services, v: Visit, *, all_of_it: bool = False) -> Overview:
    """Read everything the overview shows: the most urgent of it, or all."""
    alerts_shown, bins_shown = (ALL_SHOWN, ALL_SHOWN) if all_of_it else (ALERTS_SHOWN, BINS_SHOWN)
    store, place = at.store, v.community.id
    position = store.change_bounds()[1]
    devices = store.devices(place)
    current = store.current(place)
    firing = store.alerts(AlertQuery(community=place, state="firing", limit=ALL_SHOWN))
    over = store.alerts(AlertQuery(community=place, state="resolved", limit=RESOLVED_SHOWN))
    urgent = sorted(firing, key=by_urgency)
    deposits = latest_deposits(v, store)
    named: list[AlertRow | DepositRow] = [*urgent[:alerts_shown], *over, *deposits]
    shown = photos(store, [one.photo_sha256 for one in named])
    known = bins.collect([one for one in devices if one.accepted], current)
    heard = presences(devices, firing)
    cards = sorted(
        (bin_card(v, one, heard[one.device]) for one in known), key=lambda card: (card.building, card.device)
    )
    bars = (
        compliance_bars(v, compliance.answer(at, v.community, ["building"], v.day(6), v.day()))
        if place
        else []
    )
    return Overview(
        position,
        _strip(at, v, devices, heard, firing),
        alert_cards(v, store, urgent[:alerts_shown], shown),
        max(0, len(urgent) - alerts_shown),
        alert_cards(v, store, over, shown),
        cards[:bins_shown],
        max(0, len(cards) - bins_shown),
        bars,
        [deposit_card(v, row, shown) for row in deposits],
        newcomers(v, at.settings, devices, store.compartments_heard(place)),
    )


def _strip(
    at: Services, v: Visit, devices: list[DeviceRow], heard: dict[str, str], firing: list[AlertRow]
) -> Strip:
    accepted = [one for one in devices if one.accepted]
    today = at.store.counts(v.community.id, (), v.day(), v.day())
    ledger = at.store.ledger_sum(v.community.id)
    return Strip(
        sum(heard[one.id] == "online" for one in accepted),
        len(accepted),
        len(firing),
        sum(row.acknowledged_ms is None for row in firing),
        sum(row.deposits for row in today),
        sum(row.deposits for row in today if row.outcome == "unsure"),
        ledger,
        tone(ledger),
    )
