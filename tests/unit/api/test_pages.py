"""Every page is sound, says it in its language, and what a device or a person says stays text."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from api.pages.words import Language, words
from linli.inventory import Inventory
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeviceRow, LedgerRow
from linli.seqs import SeqSet
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.neighbourhood import EPOCH, HEAT, MINUTE, MISSORT, NOW
from tests.unit.api.reader import Reader, page

PAGES = [
    "/",
    "/?community=harbour",
    f"/alerts/{MISSORT}",
    "/devices/garden/bin-2",
    "/ledger?community=garden",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_sound_and_calls_nobody_else(reading: Site, path: str, language: str) -> None:
    text = page(reading, path, language)
    read = Reader(text)
    assert all(re.match(r"^(/(?!/)|#)", address) for address in read.addresses), read.addresses
    assert len(read.ids) == len(set(read.ids)), "an id twice"
    assert "http://" not in text
    assert "https://" not in text
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in text
    names = [tag for tag, _ in read.tags]
    assert names.count("h1") == names.count("main") == names.count("header") == 1
    assert all("style" not in given for _, given in read.tags), "the policy forbids inline styles"
    assert all("alt" in given for tag, given in read.tags if tag == "img")
    assert all(given.get("width") and given.get("height") for tag, given in read.tags if tag == "img")
    scripts = [given for tag, given in read.tags if tag == "script"]
    assert all(given == {"type": "module", "src": "/static/live.js"} for given in scripts)


def test_static_files_call_nobody_else(reading: Site) -> None:
    for name in ("linli.css", "live.js"):
        text = reading.client.get(f"/static/{name}").text
        assert "//" not in re.sub(r"^\s*// .*$| // .*$", "", text, flags=re.MULTILINE)
        assert "@import" not in text


def test_the_ledger_says_that_nothing_is_lost_and_then_what(site: Site) -> None:
    nothing: dict[Language, str] = {"zh": "没有丢失：已编号的", "en": "Nothing is lost: each of the"}
    lines: dict[Language, tuple[str, str, str, str]] = {
        "zh": ("3 个尚未送到", "2 个被设备放弃", "缺号：100,003–100,005", "未到 3，放弃 2"),
        "en": (
            "Not here yet: 3.",
            "by their device: 2.",
            "no. 100,003–100,005",
            "3 not here yet, 2 given up",
        ),
    }
    pages = ("/ledger?community=garden", "/devices/garden/bin-1")
    for language, said in nothing.items():
        assert all(said in page(site, path, language) for path in pages)
        assert "0</b>" in page(site, "/", language)
    settled = SeqSet([(1, 100_002), (100_006, 100_006)])
    row = LedgerRow("garden", "bin-1", EPOCH, settled, 100_001, dropped=2, first_ms=NOW, last_ms=NOW)
    site.filling().commit(CommitGroup(ledger=[row]))
    for language, parts in lines.items():
        for path in pages:
            text = page(site, path, language)
            assert nothing[language] not in text
            assert [part for part in parts if part not in text] in ([], [parts[2]]), (language, path)
        assert parts[2] in page(site, pages[1], language)
    first = re.search(r'<tbody>\s*<tr><th scope="row"><a href="([^"]+)"', page(site, pages[0]))
    assert first is not None
    assert first[1] == "/devices/garden/bin-1", "what lost most comes first"


HOSTILE = "\"><script>alert(1)</script>&'{{7*7}}\u202e"


def test_what_a_device_or_a_person_says_stays_text(site: Site) -> None:
    filling = site.filling()
    filling.commit(
        CommitGroup(
            devices=[
                DeviceRow(
                    "garden",
                    "evil",
                    software=HOSTILE[:64],
                    model=HOSTILE,
                    via=HOSTILE,
                    heard_ms=NOW,
                    events_ms=NOW,
                    first_ms=NOW,
                )
            ]
        )
    )
    group = CommitGroup()
    row = filling.deposit(group, "bin-1", NOW - MINUTE, 1)
    group.deposits = [msgspec.structs.replace(row, item=HOSTILE, seen="kitchen", household="")]
    filling.commit(group)
    answer = site.client.post(f"/api/v1/alerts/{HEAT}/acknowledge", json={"by": HOSTILE[:60]})
    assert answer.status_code == 200
    for path in ("/", f"/alerts/{HEAT}", "/devices/garden/evil"):
        text = page(site, path)
        assert "<script>alert" not in text
        assert "49" not in re.findall(r"\{\{.*?\}\}", text)
        Reader(text)
    assert "&lt;script&gt;alert(1)" in page(site, "/")


def test_a_language_that_was_chosen_is_remembered(site: Site) -> None:
    assert "Spring Garden" in page(site, "/?lang=en")
    assert site.client.cookies["linli_lang"] == "en"
    assert "Spring Garden" in page(site, "/")


def test_the_device_page_draws_its_levels(reading: Site) -> None:
    text = page(reading, "/devices/garden/bin-2", "en")
    wide, narrow = re.findall(r'<svg class="chart.*?</svg>', text, re.DOTALL)
    for drawing, right in ((wide, 614), (narrow, 234)):
        check_lines(drawing, right)


def check_lines(drawing: str, right: int) -> None:
    lines = re.findall(r'<polyline class="line k-(\w+)" [^>]*points="([^"]+)"', drawing)
    assert {kind for kind, _ in lines} == {"recyclable", "hazardous", "kitchen", "other"}
    for _, points in lines:
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 34 <= x <= right
            assert 12 <= y <= 194


def test_an_empty_house_has_a_page(start: Serve, tmp_path: Any) -> None:
    from tests.unit.api.conftest import running

    (tmp_path / "empty").mkdir()
    with running(tmp_path / "empty") as site:
        for language in ("zh", "en"):
            Reader(page(site, "/", language))
        assert site.client.get("/readyz").status_code == 503
        assert site.client.get("/metrics").status_code == 200


def test_a_profile_that_linli_lacks_is_not_read_as_another(site: Site) -> None:
    known = site.store.inventory()
    garden = replace(known.communities["garden"], profile="atlantis")
    site.store.seed(Inventory({"garden": garden}, {}), NOW)
    assert site.client.get("/?community=garden").status_code == 500


@pytest.mark.parametrize("path", ["/nobody", "/alerts/nobody", "/devices/garden/nobody"])
def test_what_is_not_there_is_said_in_chinese(reading: Site, path: str) -> None:
    answer = reading.client.get(path, headers={"Accept-Language": "zh", "Accept": "text/html"})
    assert answer.status_code == 404
    text = re.sub(r"<[^>]+>", " ", answer.text.partition("<h1>")[2])
    assert "没有这个页面" in text
    assert not re.search("[a-z]{3}", text), text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_device_that_waits_is_not_said_to_have_sent_nothing(reading: Site, language: str) -> None:
    text = page(reading, "/devices/garden/bin-7", language)
    say = words("zh" if language == "zh" else "en")
    assert say("device.waits") in text
    assert say("device.chart_empty") not in text


def test_a_bin_says_its_building_where_its_name_does_not(site: Site) -> None:
    kinds = {"kitchen": "kitchen"}
    door = DeviceRow("garden", "bin-1", accepted=True, building="b1", name="东门", compartments=kinds)
    site.store.accept(door, "test", NOW)
    text = page(site, "/")
    assert ">1号楼 · 东门</a>" in text
    assert ">2号楼门厅</a>" in text
    assert "<h1>1号楼 · 东门</h1>" in page(site, "/devices/garden/bin-1")
