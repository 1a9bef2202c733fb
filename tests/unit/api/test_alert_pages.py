"""An alert on its card and its page: its words, its photo, its buttons."""

import re
from dataclasses import replace

import msgspec
import pytest

from api.pages.words import Language, words
from linli.alerts.state import AlertKind, Severity
from linli.ports.commit_group import CommitGroup
from tests.unit.api.conftest import Site
from tests.unit.api.neighbourhood import HEAT, MINUTE, MISSORT, NOW
from tests.unit.api.reader import Reader, page

MINUTES: dict[Language, str] = {"zh": "分钟", "en": "minutes"}


def test_the_buttons_work_without_javascript(site: Site) -> None:
    answer = site.client.post(
        f"/alerts/{HEAT}/acknowledge",
        data={"by": "王敏"},
        headers={"Origin": site.url},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?community=garden#alerts"
    text = page(site, answer.headers["location"])
    assert "王敏 于 12:00 确认" in text
    assert 'value="王敏"' in text, "the name is remembered"
    done = site.client.post(f"/alerts/{HEAT}/resolve", data={"by": "王敏", "back": "alert"})
    assert done.headers["location"] == f"/alerts/{HEAT}"
    detail = page(site, done.headers["location"])
    assert "已解除" in detail
    assert "formaction" not in detail
    assert site.client.post("/alerts/x/resolve", data={"by": ""}).status_code == 422


@pytest.mark.parametrize("path", ["/", f"/alerts/{HEAT}"])
@pytest.mark.parametrize(
    ("language", "said"), [("zh", "直到读数恢复正常"), ("en", "until its readings have cleared")]
)
def test_the_button_that_silences_a_fire_says_so(reading: Site, path: str, language: str, said: str) -> None:
    text = page(reading, path, language)
    button = re.search(rf'<button[^>]*formaction="/alerts/{HEAT}/resolve"[^>]*>', text)
    assert button is not None
    assert 'aria-describedby="resolve-hint"' in button[0]
    hint = re.search(r'<p class="note" id="resolve-hint">([^<]+)</p>', text)
    assert hint is not None
    assert said in hint[1]


def test_the_alert_page_shows_the_photo_whole(reading: Site) -> None:
    text = page(reading, f"/alerts/{MISSORT}")
    (source,) = set(re.findall(r'src="(/api/v1/photos/[0-9a-f]{64})"', text))
    assert reading.client.get(source).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("kind", list(AlertKind))
def test_each_kind_of_alert_is_drawn(site: Site, kind: AlertKind) -> None:
    row = site.filling().alert(kind, "bin-1", "other", Severity.WARNING, "over_limit", 91.0, 1)
    site.filling().commit(CommitGroup(alerts=[row]))
    Reader(page(site, "/"))
    Reader(page(site, f"/alerts/{row.id}"))


@pytest.mark.parametrize("why", ["history_set_up", "history_failing", "history_fault"])
def test_an_alert_that_is_no_devices_names_the_community_and_leads_nowhere(site: Site, why: str) -> None:
    row = site.filling().alert(AlertKind.HISTORY_REFUSED, "bin-1", "", Severity.WARNING, why, 1.0, 1)
    site.filling().commit(CommitGroup(alerts=[replace(row, building="", device="")]))
    for language, title in (("zh", "春风里"), ("en", "Spring Garden")):
        said = page(site, f"/alerts/{row.id}", language)
        assert words(language)(f"why.history_refused.{why}") in said
        assert f"<dd>{title}</dd>" in said
        assert "/devices/" not in said
        assert title in page(site, "/", language)


def test_no_number_is_said_that_a_setting_may_change(site: Site) -> None:
    """How long is too long to be silent is LINLI_OFFLINE_AFTER_S and LINLI_MUTE_AFTER_S, ingest's own."""
    filling = site.filling()
    rows = [
        filling.alert(AlertKind.OFFLINE, "bin-1", "", Severity.WARNING, "silent", None, 1),
        filling.alert(AlertKind.MUTE, "bin-1", "", Severity.WARNING, "no_events", None, 1),
    ]
    filling.commit(CommitGroup(alerts=rows))
    for language, unit in MINUTES.items():
        said = page(site, "/", language)
        assert f">{words(language)('why.offline.silent')}<" in said
        assert f">{words(language)('why.mute.no_events')}<" in said
        assert unit not in said


def test_several_wrong_in_a_row_are_more_than_the_last(site: Site) -> None:
    filling = site.filling()
    group = CommitGroup()
    row = msgspec.structs.replace(filling.deposit(group, "bin-1", NOW - MINUTE, 1), outcome="missorted")
    row = msgspec.structs.replace(
        row, item="battery", seen="hazardous", chosen="kitchen", compartment="kitchen"
    )
    group.deposits = [row]
    alert = filling.alert(AlertKind.MISSORT, "bin-1", "kitchen", Severity.WARNING, "missort_streak", 3.0, 1)
    group.alerts = [alert]
    filling.commit(group)
    assert (
        "3 of the last 10 deposits were mis-sorted. The last: battery thrown into Wet (kitchen); it belongs"
    ) in page(site, "/", "en")
