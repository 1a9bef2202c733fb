"""The overview: what matters, in both languages, at once."""

import html
import re
from collections import Counter
from typing import Any

import msgspec
import pytest

from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeviceRow, EventRow
from tests.unit.api.conftest import Site
from tests.unit.api.neighbourhood import EPOCH, HEAT, LOW_BATTERY, MINUTE, MISSORT, NOW, OFFLINE, OVERFLOW
from tests.unit.api.reader import page


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


def test_times_are_the_communitys(reading: Site) -> None:
    assert '<time datetime="2025-11-25T11:54:00+08:00">11:54</time>' in page(reading, "/")
