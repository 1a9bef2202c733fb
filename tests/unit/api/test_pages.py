"""The pages: what they show, in which words, and that what a device or a person says stays text."""

import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from api.pages.words import Language, words
from linli.alerts.state import AlertKind, Severity
from linli.inventory import Inventory
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeviceRow, EventRow, LedgerRow
from linli.seqs import SeqSet
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.filling import EPOCH, HEAT, LOW_BATTERY, MINUTE, MISSORT, NOW, OFFLINE, OVERFLOW

MINUTES: dict[Language, str] = {"zh": "分钟", "en": "minutes"}
PAGES = [
    "/",
    "/?community=harbour",
    f"/alerts/{MISSORT}",
    "/devices/garden/bin-2",
    "/ledger?community=garden",
]
VOID = {"meta", "link", "img", "input", "br", "rect", "line", "circle", "path"}


class Reader(HTMLParser):
    """Collects addresses and ids, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open in ([], ["html"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), f"an attribute twice in {tag}"
        self.tags.append((tag, given))
        self.addresses += [given[n] for n in ("href", "src", "action", "formaction", "srcset") if n in given]
        self.ids += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes out of order"


def page(site: Site, path: str, language: str = "zh") -> str:
    answer = site.client.get(path, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


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


def test_the_overview_says_what_matters_in_chinese(reading: Site) -> None:
    text = page(reading, "/")
    for said in (
        "春风里",
        "正在告警",
        "温度 67\u00a0°C，达到或超过 60\u00a0°C 上限，请立即到现场查看",
        "湿垃圾桶里投入了「电池」（有害垃圾）",
        "李师傅 于 11:45 确认",
        "分类准确率",
        "1号楼东门",
        "有害垃圾",
        "已收到 1,",
    ):
        assert said in text, said


def test_the_overview_says_it_in_english(reading: Site) -> None:
    text = page(reading, "/", "en")
    for said in (
        "Spring Garden",
        "67\u00a0°C, at or above the limit of 60\u00a0°C. Go and look now",
        "battery thrown into Wet (kitchen); it belongs in Hazardous",
        "Acknowledged by 李师傅, 11:45",
        "95\u00a0% interval",
    ):
        assert html.unescape(text).find(said) >= 0, said


def test_urgent_and_unseen_alerts_come_first(reading: Site) -> None:
    order = re.findall(r'data-alert="(\w+)"', page(reading, "/"))
    assert order == [HEAT, MISSORT, OVERFLOW, LOW_BATTERY, OFFLINE]


def test_an_unknown_device_has_its_command(reading: Site) -> None:
    text = html.unescape(page(reading, "/"))
    command = r"LINLI_DATA_DIR=\S+ \S*python\S* -m ingest accept garden bin-7"
    assert re.search(command + " --building b1 --compartment k1=KIND --compartment kitchen=kitchen<", text)
    assert "命令里的 KIND 请换成该桶的类别：recyclable, hazardous, kitchen, other。" in text


def test_a_command_without_a_placeholder_asks_for_nothing(site: Site) -> None:
    row = DeviceRow("garden", "bin-8", state="online", heard_ms=NOW, events_ms=NOW, first_ms=NOW)
    body = b'{"kind":"telemetry","seq":1,"compartment":"Other-2","fill_pct":4}'
    event = EventRow("garden", "bin-8", EPOCH, 1, "telemetry", NOW, "device_clock", NOW, "", body)
    site.filling().commit(CommitGroup(events=[event], devices=[row]))
    assert "accept garden bin-8 --building b1 --compartment Other-2=other<" in page(site, "/")


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


def test_the_overview_asks_for_the_inventory_and_the_photos_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is drawn anew with each piece of news, for everyone who looks."""
    app: Any = site.server.config.app
    store = app.state.services.store
    asked: Counter[str] = Counter()
    for name in ("inventory", "photos_known", "devices", "current", "ledger_sum", "ledger"):
        whole = getattr(store, name)

        def counting(*args: Any, name: str = name, whole: Any = whole) -> Any:
            asked[name] += 1
            return whole(*args)

        monkeypatch.setattr(store, name, counting)
    page(site, "/?part=live")
    assert dict(asked) == dict.fromkeys(asked, 1), asked
    assert len(asked) == 5


def test_too_little_evidence_is_said_plainly(site: Site) -> None:
    text = page(site, "/")
    assert "证据不足" not in text
    filling = site.filling()
    group = CommitGroup()
    row = filling.deposit(group, "bin-1", NOW - MINUTE, 1)
    group.counts = [msgspec.structs.replace(group.counts[0], building="b9")]
    filling.commit(group)
    assert row.device == "bin-1"
    text = page(site, "/")
    assert "证据不足" in text
    assert "满 20 次才给出结论" in text


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


def test_times_are_the_communitys(reading: Site) -> None:
    assert '<time datetime="2025-11-25T11:54:00+08:00">11:54</time>' in page(reading, "/")


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


def test_the_live_part_is_the_inside_of_main(reading: Site) -> None:
    part = page(reading, "/?part=live&community=garden")
    assert part in page(reading, "/?community=garden")
    assert set(re.findall(r'data-part="(\w+)"', part)) == {
        "strip",
        "newcomers",
        "alerts",
        "bins",
        "compliance",
        "deposits",
    }


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


def test_a_language_that_was_chosen_is_remembered(site: Site) -> None:
    assert "Spring Garden" in page(site, "/?lang=en")
    assert site.client.cookies["linli_lang"] == "en"
    assert "Spring Garden" in page(site, "/")


def test_the_alert_page_shows_the_photo_whole(reading: Site) -> None:
    text = page(reading, f"/alerts/{MISSORT}")
    (source,) = set(re.findall(r'src="(/api/v1/photos/[0-9a-f]{64})"', text))
    assert reading.client.get(source).headers["content-type"] == "image/jpeg"


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
