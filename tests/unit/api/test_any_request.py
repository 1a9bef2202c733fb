"""Whatever a client sends to whatever route: never a 500, and an error is always a problem."""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.api.conftest import Site
from tests.unit.api.neighbourhood import HEAT

text = st.text(alphabet=st.characters(codec="utf-8"), max_size=24)
numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str), st.sampled_from(["0", "1", "-1", "9" * 19, "1e3", "0x1", "１"])
)
KNOWN = f"""garden bin-1 b1 kitchen fill_pct firing missorted day 2025-11-25 2025-99-99 0000-00-00 zh live
{HEAT} 1764043200000 1764043200000.a"""
known = st.sampled_from([*KNOWN.split(), "0" * 64])
values = st.one_of(text, numbers, known)
inert = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=200),
    inert.map(lambda one: json.dumps(one).encode()),
    values.map(lambda by: json.dumps({"by": by}).encode()),
    values.map(lambda by: urlencode({"by": by}).encode()),
    st.just(b'{"by": "\\ud800\\udc00\\udfff"}'),
)
JSON, FORM = "application/json", "multipart/form-data"
kinds = st.sampled_from(
    [
        JSON,
        "application/x-www-form-urlencoded",
        f"{FORM}; boundary=x",
        FORM,
        "text/plain",
        f"{JSON}; charset=x",
        ";",
    ]
)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"])
PAGES = [
    "/",
    "/alerts/{alert_id}",
    "/alerts/{alert_id}/resolve",
    "/devices/{community}/{device}",
    "/static/{f}",
]


@pytest.fixture(scope="module")
def routes(reading: Site) -> list[tuple[str, str, list[str]]]:
    """Method, template and query parameters of every route."""
    paths = reading.client.get("/api/v1/openapi.json").json()["paths"]
    found = [
        (method.upper(), path, [one["name"] for one in said.get("parameters", []) if one["in"] == "query"])
        for path, methods in paths.items()
        for method, said in methods.items()
        if path != "/api/v1/stream"
    ]
    found += [("GET", path, ["lang", "part", "community"]) for path in PAGES]
    found += [("POST", path, []) for path in PAGES]
    return found


def check(answer: Any) -> None:
    assert answer.status_code not in {500, 501, 502}, answer.text
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.json()["status"] == answer.status_code


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(data=st.data())
def test_no_route_falls(reading: Site, routes: list[tuple[str, str, list[str]]], data: st.DataObject) -> None:
    method, template, names = data.draw(st.sampled_from(routes))
    if data.draw(st.integers(0, 9)) == 0:
        method = data.draw(methods)
    path = re.sub(r"\{\w+\}", lambda _: quote(data.draw(values), safe=""), template)
    asked = data.draw(st.lists(st.tuples(st.sampled_from([*names, "token", "x"]), values), max_size=5))
    body = data.draw(bodies) if method not in {"GET", "HEAD"} else None
    headers = {"Content-Type": data.draw(kinds)} if body is not None else {}
    for name in ("Accept-Language", "Cookie", "If-None-Match", "Last-Event-ID"):
        if data.draw(st.integers(0, 5)) == 0:
            headers[name] = data.draw(
                st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
            )
    answer = reading.client.request(
        method, f"{path}?{urlencode(asked)}", content=body, headers=headers, follow_redirects=False
    )
    check(answer)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(raw=st.binary(max_size=60), query=st.binary(max_size=40))
def test_no_path_falls(reading: Site, raw: bytes, query: bytes) -> None:
    """Any bytes, percent-encoded: broken UTF-8, NUL, dots and slashes."""
    check(reading.client.get(f"/{quote(raw)}?{quote(query, safe='=&')}"))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/deposits?household=%00",
        "/api/v1/deposits?before=%ff",
        "/api/v1/alerts?before=1.%00",
        "/api/v1/alerts?before=1.%F0%9F%98%80",
        "/api/v1/alerts/%00",
        "/alerts/%ed%a0%80",
        "/devices/garden/%2e%2e%2f",
        "/static/%00",
        "/static/%2e%2e/app.py",
        "/static/" + "a" * 5000,
        "/?community=%00",
        "/?lang=%ff",
        "/api/v1/stream?after=99999999999999999999999",
        "/api/v1/telemetry?community=garden&device=bin-1&channel=fill_pct&start=0&end=253402300799999",
        "/api/v1/compliance?community=garden&from=0000-00-00&to=9999-99-99",
    ],
)
def test_what_once_fells_servers(reading: Site, path: str) -> None:
    check(reading.client.get(path))
