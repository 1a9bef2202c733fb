"""Who may speak to the API, and from where."""

import http.client
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.access import COOKIE
from api.settings import Settings, check_listening, is_loopback
from linli.errors import InvalidSetting
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.neighbourhood import HEAT

TOKEN = "a-token-of-some-length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ACT = f"/api/v1/alerts/{HEAT}/acknowledge"
EVERY = [
    "/",
    "/readyz",
    "/metrics",
    "/static",
    "/api/v1/devices",
    "/api/v1/stream",
    "/nothing",
    "//static/linli.css",
]


WRONG = [
    {},
    {"Authorization": "Bearer"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": "Bearer \xff"},
    {"Cookie": f"{COOKIE}={TOKEN}"},
    {"Cookie": f"{COOKIE}="},
]


def test_with_a_token_set_everything_needs_it(start: Serve) -> None:
    site = start(api_token=TOKEN)
    for path in EVERY:
        for given in WRONG:
            headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
            answer = site.client.get(path, headers=headers)
            assert answer.status_code == 401, (path, given)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_person_without_the_token_reads_how_to_come_in(start: Serve, language: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": language}
    site = start(api_token=TOKEN)
    answer = site.client.get("/", headers=headers)
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers
    text = re.sub(r"<[^>]+>", " ", answer.text.partition("<h1>")[2])
    assert "/?token=" in text
    assert 'href="/"' not in answer.text, "it would only lead back here"
    for address in re.findall(r'<link[^>]*href="([^"]+)"', answer.text):
        assert site.client.get(address).status_code == 200, "the page that asks is drawn like the others"
    if language == "zh":
        assert not re.search("[a-z]{3}", text.replace("token", "")), text


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Host": "127.0.0.1", "Origin": "null"}])
def test_who_may_not_reads_why_in_chinese(reading: Site, headers: dict[str, str]) -> None:
    chinese = {"Accept": "text/html", "Accept-Language": "zh", **headers}
    method, path = ("POST", ACT.removeprefix("/api/v1")) if "Origin" in headers else ("GET", "/")
    answer = reading.client.request(method, path, headers=chinese)
    assert answer.status_code in {403, 421}
    text = re.sub(r"<[^>]+>", " ", answer.text.partition("<h1>")[2])
    assert not re.search("[a-z]{3}", text.replace("localhost", "")), text


def test_the_token_opens_it_and_healthz_is_always_open(start: Serve) -> None:
    site = start(api_token=TOKEN)
    assert site.client.get("/healthz").status_code == 200
    assert site.client.get("/api/v1/devices", headers=BEARER).status_code == 200
    assert site.client.get("/readyz", headers=BEARER).status_code == 200
    assert site.client.post("/healthz").status_code == 401


@pytest.mark.parametrize("path", ["/static/../api/v1/devices", "/static/%2e%2e/readyz", "/static//metrics"])
def test_nothing_comes_out_by_way_of_what_is_open(start: Serve, path: str) -> None:
    site = start(api_token=TOKEN)
    host, port = site.url.removeprefix("http://").split(":")
    # As it is written: httpx would tidy the path.
    raw = http.client.HTTPConnection(host, int(port), timeout=20)
    raw.putrequest("GET", path)
    raw.endheaders()
    assert raw.getresponse().status in {401, 404}
    raw.close()
    assert site.client.post("/static/linli.css").status_code == 401


def test_a_phone_opens_it_with_the_token_in_the_address_once(start: Serve) -> None:
    site = start(api_token=TOKEN)
    first = site.client.get(f"/?community=garden&token={TOKEN}")
    assert first.status_code == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert TOKEN not in first.text
    assert 'content="0;url=/?community=garden"' in first.text
    assert site.client.cookies[COOKIE]
    assert "春风里" in site.client.get("/").text
    assert site.client.get("/api/v1/devices").status_code == 200


def test_a_wrong_token_in_the_address_sets_nothing(start: Serve) -> None:
    site = start(api_token=TOKEN)
    answer = site.client.get("/?token=wrong")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_the_address_to_go_on_to_is_our_own(start: Serve) -> None:
    site = start(api_token=TOKEN)
    answer = site.client.get(f'//evil.example/"><script>?token={TOKEN}&x="><script>')
    target = re.search(r"url=([^\"]*)\"", answer.text)
    assert target is not None
    assert target[1].startswith("/")
    assert not target[1].startswith("//")
    assert "<script>" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:8000", "[::1]:8000", "127.9.9.9:1"])
def test_without_a_token_the_names_of_this_machine_are_answered(reading: Site, host: str) -> None:
    assert reading.client.get("/api/v1/devices", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "10.0.0.7", "", "127.0.0.1.evil.example"]
)
def test_without_a_token_other_names_are_refused(reading: Site, host: str) -> None:
    answer = reading.client.get("/api/v1/devices", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", [ACT, ACT.removeprefix("/api/v1")])
def test_another_page_may_not_act(reading: Site, path: str, headers: dict[str, str]) -> None:
    answer = reading.client.post(path, json={"by": "x"}, headers=headers)
    assert answer.status_code == 403


def test_our_own_page_may_act(site: Site) -> None:
    own = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}
    assert site.client.post(ACT, json={"by": "x"}, headers=own).status_code == 200


def test_every_answer_carries_the_headers(reading: Site) -> None:
    for path in ("/", "/healthz", "/nothing", "/static/live.js"):
        headers = reading.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("127.1.2.3", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "192.168.1.9", "bins.example", "")],
)
def test_where_it_may_listen_without_a_token(host: str, *, alone: bool) -> None:
    assert is_loopback(host) is alone
    check_listening(Settings(api_host=host, api_token=TOKEN))
    if alone:
        check_listening(Settings(api_host=host))
    else:
        with pytest.raises(InvalidSetting, match=r"LINLI_API_TOKEN.*http://<lan-ip>:8000/\?token="):
            check_listening(Settings(api_host=host))


@pytest.mark.parametrize("token", ["short", "x" * 15, "with a space in it, long", "不是字母" * 8])
def test_a_token_that_can_be_guessed_or_not_be_sent(token: str) -> None:
    with pytest.raises(InvalidSetting, match="LINLI_API_TOKEN"):
        check_listening(Settings(api_token=token))


@pytest.mark.parametrize(
    ("name", "value"), [("LINLI_API_HOST", "0.0.0.0"), ("LINLI_API_PORT", "many"), ("LINLI_API_TOKEN", "x")]
)
def test_the_process_says_what_is_wrong_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api"],
        env={"LINLI_DATA_DIR": str(tmp_path), name: value},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert list(tmp_path.iterdir()) == []
