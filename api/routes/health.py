"""The machine's own pages: /healthz, /readyz, /metrics. Outside /api/v1, as their readers expect them."""

from http import HTTPStatus
from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from api.metrics import read_report
from api.problems import problem, readable
from api.services import At, Services
from linli.errors import StoreError
from linli.ports.forwarder_report import Outlook, read_forwarder_report

FRESH_MS = 30_000
"""Ingest speaks every few seconds; after this long it is not there."""
WHOLE = ""
"""The share of an ingest that takes all communities."""

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Annotated[str, Field(examples=["ok"])] = "ok"


class Readiness(BaseModel):
    """What linli leans on, each in words."""

    status: Annotated[str, Field(examples=["ready"])]
    checks: Annotated[
        dict[str, str],
        Field(
            examples=[{"store": "ok", "ingest": "ok", "photos": "ok", "forwarder": "off: no InfluxDB is set"}]
        ),
    ]


@router.get("/healthz", summary="The process answers")
def healthz() -> Health:
    """Needs no token and asks no store."""
    return Health()


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Store and ingest are there",
    responses={503: {"description": "A problem with `checks`"}},
)
def readyz(at: At) -> Any:
    """A history that is away makes nothing unready: it is said in words, and its lag is a metric."""
    checks, ready = check(at)
    if not ready:
        words = "; ".join(f"{name}: {said}" for name, said in checks.items() if said != "ok")
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, words, checks=checks)
    return Readiness(status="ready", checks=checks)


@router.get("/metrics", summary="For Prometheus", response_class=Response)
def metrics(request: Request) -> Response:
    """Text exposition format."""
    registry = cast("CollectorRegistry", request.app.state.registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def check(at: Services) -> tuple[dict[str, str], bool]:
    """Each part in words, and whether linli is ready."""
    try:
        reports = at.store.reports()
        lag = at.forward_lag()
        ingest = _ingest(at, reports)
    except StoreError as error:
        return {"store": readable(str(error))}, False
    photos = _photos(reports)
    checks = {"store": "ok", "ingest": ingest, "photos": photos, "forwarder": _forwarder(reports, lag)}
    return checks, ingest == "ok"


def _ingest(at: Services, reports: dict[str, tuple[bytes, int]]) -> str:
    """Of one ingest that takes everything, or of those that share the work: is each community with one?"""
    now = at.clock()
    shares = {name: at_ms for name, (_, at_ms) in reports.items() if name.partition(":")[0] == "ingest"}
    said = {name.partition(":")[2]: _silence(now - at_ms) for name, at_ms in shares.items()}
    if said.keys() <= {WHOLE} or said.get(WHOLE) == "ok":
        return said.get(WHOLE, "has never reported")
    taken = {each for share, words in said.items() if words == "ok" for each in share.split(",")}
    lacking = sorted(at.store.communities().keys() - taken)
    return f"nobody takes {', '.join(lacking[:5])}" if lacking else "ok"


def _silence(age_ms: int) -> str:
    if age_ms < -FRESH_MS:
        return f"its clock is {-age_ms // 1000} s ahead of ours"
    return "ok" if age_ms <= FRESH_MS else f"silent for {age_ms // 1000} s"


def _photos(reports: dict[str, tuple[bytes, int]]) -> str:
    report = read_report(reports["photos"][0]) if "photos" in reports else {}
    if report.get("state", "ok") == "ok":
        return "ok"
    return f"{readable(str(report.get('detail', '')))}; they wait on their devices, events go on"


def _forwarder(reports: dict[str, tuple[bytes, int]], lag: int | None) -> str:
    if lag is None:
        return "off: no InfluxDB is set"
    report = read_forwarder_report(reports["forwarder"][0]) if "forwarder" in reports else None
    if report is None:
        return f"has never reported, {lag} events behind"
    words = ": ".join([report.state, *([readable(report.detail)] if report.detail else [])])
    words += f", {lag} events behind"
    if lag and report.behind_s:
        words += f" (the oldest came {report.behind_s} s ago)"
    if report.outlook is Outlook.LASTS:
        words += "; it will not heal by itself, a person must act"
    return words
