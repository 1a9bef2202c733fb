"""GET /alerts/{id}: one alert with its photo and its timeline; and the two buttons of every alert."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import operator
from api.pages.alert_card import alert_card
from api.pages.page import YEAR_S, render
from api.pages.photos import photos
from api.pages.visit import ON_DUTY, visit
from api.parameters import PERSON, AlertId
from api.services import At
from linli.alerts.rules import PAGE_WITHIN_MS
from linli.ports.alert_rows import AlertRow

router = APIRouter(tags=["pages"])

By = Annotated[str, Form(min_length=1, max_length=64, pattern=PERSON)]
Back = Annotated[str, Form(pattern="^(alert)?$")]


@router.get("/alerts/{alert_id}", summary="An alert")
def alert(at: At, request: Request, alert_id: AlertId) -> Response:
    """404 when there is none."""
    row, timeline = at.store.alert(alert_id)
    v = visit(request, at, row.community)
    card = alert_card(v, at.store, row, photos(at.store, [row.photo_sha256]))
    return render(request, "alert.html", v, card=card, timeline=timeline, late_ms=PAGE_WITHIN_MS)


@router.post("/alerts/{alert_id}/acknowledge", dependencies=[Depends(operator)])
def acknowledge(at: At, alert_id: AlertId, by: By, back: Back = "") -> Response:
    """As the API's, for a form."""
    return _done(at.store.acknowledge(alert_id, by.strip(), at.clock()), by, back)


@router.post("/alerts/{alert_id}/resolve", dependencies=[Depends(operator)])
def resolve(at: At, alert_id: AlertId, by: By, back: Back = "") -> Response:
    """As the API's, for a form."""
    return _done(at.store.resolve(alert_id, by.strip(), at.clock()), by, back)


def _done(row: AlertRow, by: str, back: str) -> Response:
    """Back to where the button was, with the name remembered."""
    where = f"/alerts/{quote(row.id)}" if back else f"/?community={quote(row.community)}#alerts"
    answer = RedirectResponse(where, status_code=303)
    answer.set_cookie(ON_DUTY, quote(by.strip()), max_age=YEAR_S, samesite="strict", httponly=True)
    return answer
