"""GET /devices/{community}/{device}: one device, its levels, its last day, its ledger."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.alert_card import AlertCard, alert_cards
from api.pages.bin_card import bin_card
from api.pages.chart import NARROW, WIDE, Chart, Track, chart, step_of
from api.pages.ledger_card import Line, epoch_line, statement
from api.pages.page import render
from api.pages.photos import photos
from api.pages.presence import presences
from api.pages.visit import Visit, visit
from api.parameters import CommunityPath, DevicePath
from api.services import At, Services
from api.views.bins import collect
from api.views.devices import find
from api.views.ledger import sum_of
from linli.alerts.state import AlertKind, State
from linli.errors import HistoryError
from linli.ports.history import SeriesQuery
from linli.ports.operational import AlertQuery
from linli.ports.rows import DeviceRow

DAY_MS = 86_400_000
SHORTEST_MS = 60_000
EPOCHS_SHOWN = 20

log = logging.getLogger(__name__)

router = APIRouter(tags=["pages"])


@router.get("/devices/{community}/{device}", summary="A device")
def device(at: At, request: Request, community: CommunityPath, device: DevicePath) -> Response:
    """404 when no such device is known or has spoken."""
    known = at.store.devices(community)
    row = find(known, device)
    v = visit(request, at, community)
    bins = collect([row], at.store.current(community, device))
    start, end = span(v.now_ms, row.first_ms)
    missed = AlertQuery(community=community, kind=AlertKind.OFFLINE, state=State.FIRING, limit=500)
    heard = presences(known, at.store.alerts(missed))[row.id]
    drawn, away = levels(at, v, row, start, end)
    return render(
        request,
        "device.html",
        v,
        d=row,
        heard=heard,
        bin=bin_card(v, bins[0], heard) if bins else None,
        charts=drawn,
        away=away,
        span=v.w("device.chart_range", **{"from": v.time(start), "to": v.time(end)}),
        account=statement(v.w, at.store.ledger_sum(community, device)),
        epochs=epochs(at, v, row),
        alerts=recent(at, v, row),
    )


def span(now_ms: int, first_ms: int) -> tuple[int, int]:
    """The last day, or as long as the device is known."""
    start = max(now_ms - DAY_MS, first_ms or 0)
    return min(start, now_ms - SHORTEST_MS), now_ms


def levels(at: Services, v: Visit, row: DeviceRow, start: int, end: int) -> tuple[list[Chart], bool]:
    """The chart for a desk and for a phone, none where there is nothing; whether the history is away."""
    tracks = []
    for name, kind in row.compartments.items():
        query = SeriesQuery(row.community, row.id, name, "fill_pct", start, end + 1, step_of(start, end))
        try:
            tracks.append(Track(v.kind(kind), kind, v.colour(kind), at.history.series(query)))
        except HistoryError as error:
            log.warning("a chart was not drawn: %s", error)
            return [], True
    drawn = [chart(v, tracks, start, end, v.w("device.chart"), width) for width in (WIDE, NARROW)]
    return [one for one in drawn if one.lines], False


def epochs(at: Services, v: Visit, row: DeviceRow) -> list[Line]:
    """The ledger of each life of its memory, the latest first."""
    found = sorted(at.store.ledger(row.community, row.id), key=lambda one: -one.last_ms)[:EPOCHS_SHOWN]
    return [
        epoch_line(v.w, one.epoch, sum_of(one), one.settled, (one.first_ms, one.last_ms)) for one in found
    ]


def recent(at: Services, v: Visit, row: DeviceRow) -> list[AlertCard]:
    """The device's newest alerts."""
    found = at.store.alerts(AlertQuery(community=row.community, device=row.id, limit=6))
    return alert_cards(v, at.store, found, photos(at.store, [one.photo_sha256 for one in found]))
