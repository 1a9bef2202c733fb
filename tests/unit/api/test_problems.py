"""Whatever is wrong is said as application/problem+json, with a status a client can act on."""

from typing import Any

import httpx
import pytest

from api.body import MAX_BYTES
from api.problems import STATUS, status_of
from linli import errors
from linli.refusal import Refusal
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.neighbourhood import HEAT

ACT = f"/api/v1/alerts/{HEAT}/acknowledge"


def problem_of(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["type"].startswith("urn:linli:problem:")
    return body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/devices/", 404),
        ("GET", "/api/v1/devices/garden/nobody", 404),
        ("GET", "/api/v1/alerts/nobody", 404),
        ("GET", "/alerts/nobody", 404),
        ("GET", "/devices/garden/nobody", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", f"/api/v1/photos/{'0' * 64}", 404),
        ("GET", "/api/v1/photos/nothing", 422),
        ("GET", "/api/v1/compliance?community=nowhere", 404),
        ("GET", "/api/v1/compliance", 422),
        ("GET", "/api/v1/compliance?community=garden&by=colour", 422),
        ("GET", "/api/v1/compliance?community=garden&from=2025-11-30&to=2025-11-01", 422),
        ("GET", "/api/v1/telemetry?community=garden&device=bin-1&channel=fill_pct&start=5&end=5", 422),
        ("GET", "/api/v1/telemetry?community=garden&device=bin-1&channel=fill_pct&start=0", 422),
        ("GET", "/api/v1/telemetry?community=garden&device=bin-1&channel=colour", 422),
        ("GET", "/api/v1/telemetry?community=garden&device=bin-1&channel=fill_pct&step=1", 422),
        ("GET", "/api/v1/deposits?limit=0", 422),
        ("GET", "/api/v1/deposits?limit=501", 422),
        ("GET", "/api/v1/deposits?before=x", 422),
        ("GET", "/api/v1/deposits?before=99999999999999999999", 422),
        ("GET", "/api/v1/alerts?before=12", 422),
        ("GET", "/api/v1/stream?after=-1", 422),
        ("DELETE", "/api/v1/devices", 405),
        ("POST", "/api/v1/devices", 405),
        ("POST", "/", 405),
        ("GET", ACT, 405),
    ],
)
def test_it_is_a_problem(reading: Site, method: str, path: str, status: int) -> None:
    problem_of(reading.client.request(method, path), status)


def test_what_was_wrong_is_named(reading: Site) -> None:
    body = problem_of(reading.client.get("/api/v1/deposits?limit=many&before=x"), 422)
    assert body["errors"][0]["where"] == "query.limit"
    assert "query.limit" in body["detail"]


def test_a_405_says_what_may_be_asked(reading: Site) -> None:
    assert reading.client.put("/api/v1/devices").headers["allow"] == "GET"


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_a_body_is_413(reading: Site, *, chunked: bool) -> None:
    whole = b"x" * (MAX_BYTES + 1)
    parts = (whole[at : at + 1000] for at in range(0, len(whole), 1000))
    problem_of(reading.client.post(ACT, content=parts if chunked else whole), 413)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"by": "\\ud800"}', b"[" * 10_000, b"null"])
def test_a_body_that_is_none_is_refused(reading: Site, body: bytes) -> None:
    answer = reading.client.post(ACT, content=body, headers={"Content-Type": "application/json"})
    problem_of(answer, 400 if body.startswith(b"[") else 422)


def test_a_person_is_told_on_a_page(reading: Site) -> None:
    answer = reading.client.get("/alerts/nobody", headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "没有这个页面" in answer.text
    api = reading.client.get("/api/v1/alerts/nobody", headers={"Accept": "text/html"})
    problem_of(api, 404)


def test_a_history_that_is_away_is_503_and_the_rest_goes_on(start: Serve, free_port: Any) -> None:
    site = start(influxdb_url=f"http://127.0.0.1:{free_port()}")
    series = "/api/v1/telemetry?community=garden&device=bin-1&channel=battery_pct"
    assert problem_of(site.client.get(series), 503)["detail"].endswith("does not answer: Connection refused")
    assert site.client.get("/api/v1/bins").status_code == 200
    page = site.client.get("/devices/garden/bin-1?lang=en")
    assert page.status_code == 200
    assert "The history cannot be read now" in page.text
    assert "refused" not in page.text


def test_every_error_of_linli_has_its_status() -> None:
    raised = [
        errors.InvalidQuery,
        errors.NotFound,
        errors.Conflict,
        errors.StoreUnavailable,
        errors.StoreRefused,
        errors.StaleState,
        errors.HistoryUnavailable,
        errors.HistoryRefused,
    ]
    for cls in raised:
        assert status_of(cls("why")) in STATUS.values()
    for history in (errors.HistoryUnavailable, errors.HistoryRefused):
        assert status_of(history("why")) == 503
    assert status_of(errors.StoreUnavailable("full")) == 503
    assert status_of(errors.InvalidMessage(Refusal.JSON, "no")) == 422
    assert status_of(errors.InvalidProfile("ours")) == 500
