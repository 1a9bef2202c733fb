"""The pages in a real browser, over the real server and a real store."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linli.alerts.state import AlertKind, Severity
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import LiveChange
from tests.e2e.browser import Page, chromium
from tests.unit.api.conftest import Site, running
from tests.unit.api.filling import Filling
from tests.unit.api.hour import busy_hour
from tests.unit.api.neighbourhood import MISSORT, NOW

PHONE, DESKTOP = (360, 740), (1440, 900)
PAGES = ["/", f"/alerts/{MISSORT}", "/devices/garden/bin-2", "/ledger", "/alerts/nobody"]
LIVE = "document.getElementById('live').classList.contains('is-on')"


@pytest.fixture(scope="module")
def binary(require_server: Callable[[str], str]) -> str:
    return require_server("chromium")


@pytest.fixture(scope="module")
def browser(binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(binary, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Page:
    browser.go("about:blank")  # the page before would call for a server that has ended
    browser.problems.clear()
    browser.call("Network.clearBrowserCookies")
    browser.look(*DESKTOP)
    return browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    from stores.operational import open_store, sqlite_url
    from stores.photos import PhotoFolder

    store = open_store(sqlite_url(tmp_path))
    busy_hour(Filling(store, PhotoFolder(tmp_path / "photos")), deposits=60)
    store.close()
    with running(tmp_path) as one:
        yield one


def shown(page: Page, selector: str) -> str:
    return str(page.ask(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))


def tell(site: Site, kind: str, body: dict[str, object]) -> None:
    change = LiveChange("garden", kind, "k", json.dumps(body).encode(), NOW)
    site.store.commit(CommitGroup(changes=[change]), site.store.operator_version())


def test_no_page_is_wider_than_a_phone_and_the_console_is_silent(page: Page, site: Site) -> None:
    for language in ("zh", "en"):
        for width, height in (PHONE, DESKTOP):
            page.look(width, height)
            for path in PAGES:
                page.problems.clear()
                page.go(f"{site.url}{path}?lang={language}")
                where = (language, width, path)
                assert page.ask("document.documentElement.scrollWidth") <= width, where
                assert page.ask("document.documentElement.lang").startswith(language), where
                expected = ["404"] if path.endswith("nobody") else []
                assert len(page.problems) == len(expected), page.problems
                assert all("404" in one for one in page.problems)


def test_every_picture_is_there(page: Page, site: Site) -> None:
    page.go(f"{site.url}/")
    page.ask("[...document.images].forEach((one) => (one.loading = 'eager'))")
    page.wait("[...document.images].every((one) => one.complete)")
    assert page.ask("document.images.length") > 5
    assert page.ask("[...document.images].every((one) => one.naturalWidth > 0)")


def test_a_level_moves_while_one_looks(page: Page, site: Site) -> None:
    page.go(f"{site.url}/?lang=en")
    page.wait(LIVE)
    assert shown(page, "#live-text") == "Live"
    gauge = '[data-level="bin-1/kitchen"]'
    body: dict[str, object] = {
        "community": "garden",
        "device": "bin-1",
        "compartment": "kitchen",
        "at_ms": NOW,
    }
    tell(site, "level", body | {"channels": {"fill_pct": 93.4}})
    page.wait(f"document.querySelector('{gauge} .pct b').textContent === '93'", 5)
    assert page.ask(f"document.querySelector('{gauge} .fill').getAttribute('height')") == "93.4"
    assert "Full" in shown(page, gauge)
    assert page.problems == []


def test_an_alert_appears_and_is_said_and_is_acknowledged(page: Page, site: Site) -> None:
    page.go(f"{site.url}/?lang=en")
    page.wait(LIVE)
    row = site.filling().alert(AlertKind.HEAT, "bin-1", "kitchen", Severity.CRITICAL, "over_limit", 71.0, 0)
    site.filling().commit(CommitGroup(alerts=[row]))
    tell(site, "alert", {"id": row.id})
    card = f'[data-alert="{row.id}"]'
    page.wait(f"document.querySelector('{card}') !== null", 10)
    assert "71\u00a0°C, at or above the limit" in shown(page, card)
    assert page.ask("document.title").startswith("(6) ")
    said = str(page.ask("document.getElementById('said').textContent"))
    assert said.startswith("New alert: Heat / fire risk")
    page.ask(f"document.getElementById('ack-{row.id}').click()")
    assert page.ask("document.activeElement.id") == "by", "the name is asked for first"
    page.ask("document.getElementById('by').value = 'Wang Min'")
    page.ask(f"setTimeout(() => document.getElementById('ack-{row.id}').click(), 0)")
    page.wait(f"document.querySelector('{card} .seen')?.textContent.includes('Wang Min') ?? false")
    assert page.ask("location.hash") == "#alerts"
    assert site.store.alert(row.id)[0].acknowledged_by == "Wang Min"
    assert page.problems == []


def test_what_one_types_survives_the_news(page: Page, site: Site) -> None:
    page.go(f"{site.url}/")
    page.wait(LIVE)
    page.ask("document.getElementById('by').focus()")
    page.call("Input.insertText", text="王")
    row = site.filling().alert(AlertKind.MUTE, "bin-1", "", Severity.WARNING, "no_events", None, 0)
    site.filling().commit(CommitGroup(alerts=[row]))
    tell(site, "alert", {"id": row.id})
    page.wait(f"document.querySelector('[data-alert=\"{row.id}\"]') !== null", 10)
    page.call("Input.insertText", text="敏")
    assert page.ask("document.getElementById('by').value") == "王敏"


def test_a_phone_comes_in_with_the_token(page: Page, tmp_path: Path) -> None:
    token = "a-token-of-some-length"
    with running(tmp_path, api_token=token) as site:
        page.look(*PHONE)
        page.go(f"{site.url}/?lang=en&token={token}")
        page.wait("document.querySelector('.strip') !== null")
        assert token not in page.ask("location.href")
        assert page.ask("document.cookie") == "", "scripts cannot read it"
        assert page.problems == []
