"""Each resource, asked over HTTP of the real server on a real store."""

import base64
import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from tests.unit.api.asking import get, pages
from tests.unit.api.conftest import Site
from tests.unit.api.neighbourhood import EPOCH, HEAT, MINUTE, NOW, OFFLINE, OVERFLOW


def test_devices_lists_known_and_unknown(reading: Site) -> None:
    items = {one["id"]: one for one in get(reading, "devices", community="garden")["items"]}
    assert sorted(items) == [f"bin-{n}" for n in range(1, 8)]
    assert items["bin-1"]["accepted"] is True
    assert items["bin-1"]["building"] == "b1"
    assert items["bin-1"]["state"] == "online"
    assert items["bin-7"]["accepted"] is False
    assert get(reading, "devices", community="harbour")["items"] == []


def test_a_device_has_its_values_and_its_ledger(reading: Site) -> None:
    one = get(reading, "devices/garden/bin-2")
    values = {(v["compartment"], v["channel"]): v["value"] for v in one["values"]}
    assert values["recyclable", "fill_pct"] >= 90
    assert values["", "battery_pct"] == pytest.approx(80.0, abs=1)
    assert one["ledger"]["lost"] == 0
    assert one["ledger"]["received"] > 200


def test_bins_are_their_compartments_now(reading: Site) -> None:
    items = {one["device"]: one for one in get(reading, "bins", community="garden")["items"]}
    assert [part["kind"] for part in items["bin-1"]["compartments"]] == [
        "recyclable",
        "hazardous",
        "kitchen",
        "other",
    ]
    assert "bin-7" not in items, "what an unknown device says is kept, not folded"
    assert {one["building"] for one in get(reading, "bins", building="b3")["items"]} == {"b3"}


def test_telemetry_of_a_range_and_by_step(reading: Site) -> None:
    where = {"community": "garden", "device": "bin-2", "compartment": "recyclable", "channel": "fill_pct"}
    every = get(reading, "telemetry", **where, start=NOW - 60 * MINUTE, end=NOW)
    assert len(every["items"]) == 60
    assert every["unit"] == "%"
    assert every["limited"] is False
    assert [one["at_ms"] for one in every["items"]] == sorted(one["at_ms"] for one in every["items"])
    means = get(reading, "telemetry", **where, start=NOW - 60 * MINUTE, end=NOW, step=10 * MINUTE)
    assert len(means["items"]) == 6
    assert means["items"][-1]["value"] > 90
    some = get(reading, "telemetry", **where, start=NOW - 60 * MINUTE, end=NOW, limit=7)
    assert len(some["items"]) == 7
    assert some["limited"] is True
    nothing = get(reading, "telemetry", **where, start=0, end=1000)
    assert nothing["items"] == []


def test_telemetry_without_a_range_is_the_last_day(reading: Site) -> None:
    answer = get(reading, "telemetry", community="garden", device="bin-1", channel="battery_pct")
    assert (answer["start"], answer["end"]) == (NOW - 86_400_000, NOW)
    assert len(answer["items"]) == 60


def test_deposits_are_paged_without_loss_or_repetition(reading: Site) -> None:
    whole = pages(reading, "deposits?community=garden&limit=500")
    paged = pages(reading, "deposits?community=garden&limit=37")
    assert len(whole) == 261
    assert paged == whole
    assert [one["id"] for one in whole] == sorted((one["id"] for one in whole), reverse=True)
    assert {(one["device"], one["epoch"]) for one in whole} >= {("bin-3", EPOCH)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("building", "b2"), ("device", "bin-3"), ("outcome", "missorted"), ("day", "2025-11-25")],
)
def test_deposits_are_filtered(reading: Site, name: str, value: str) -> None:
    found = pages(reading, f"deposits?{name}={value}&limit=500")
    whole = pages(reading, "deposits?limit=500")
    assert found
    assert found == [one for one in whole if one[name] == value]


def test_deposits_of_a_time(reading: Site) -> None:
    found = pages(reading, f"deposits?start={NOW - 10 * MINUTE}&end={NOW - 5 * MINUTE}")
    assert found
    assert all(NOW - 10 * MINUTE <= one["placed_ms"] < NOW - 5 * MINUTE for one in found)


def test_a_photo_is_its_bytes_for_ever(reading: Site) -> None:
    sha = get(reading, "deposits", limit=1)["items"][0]["photo_sha256"]
    answer = reading.client.get(f"/api/v1/photos/{sha}")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == sha
    assert Image.open(io.BytesIO(answer.content)).format == "JPEG"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = reading.client.get(f"/api/v1/photos/{sha}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert reading.client.get(f"/api/v1/photos/{'0' * 64}").status_code == 404


def test_alerts_are_paged_and_filtered(reading: Site) -> None:
    whole = pages(reading, "alerts?community=garden&limit=100")
    assert len(whole) == 6
    assert pages(reading, "alerts?community=garden&limit=2") == whole
    assert [one["fired_ms"] for one in whole] == sorted((one["fired_ms"] for one in whole), reverse=True)
    assert {one["kind"] for one in pages(reading, "alerts?state=firing")} == {
        "heat",
        "missort",
        "overflow",
        "offline",
        "low_battery",
    }
    assert [one["device"] for one in pages(reading, "alerts?kind=overflow&state=resolved")] == ["bin-1"]


def test_an_alert_has_its_timeline(reading: Site) -> None:
    one = get(reading, f"alerts/{OFFLINE}")
    assert [line["change"] for line in one["timeline"]] == ["fired", "acknowledged"]
    assert one["timeline"][1]["by"] == "李师傅"
    assert one["acknowledged_by"] == "李师傅"
    assert one["state"] == "firing"


def test_acknowledging_twice_keeps_the_first(site: Site) -> None:
    path = f"/api/v1/alerts/{HEAT}"
    first = site.client.post(f"{path}/acknowledge", json={"by": " 王敏 "})
    assert first.status_code == 200
    assert (first.json()["acknowledged_by"], first.json()["acknowledged_ms"]) == ("王敏", NOW)
    second = site.client.post(f"{path}/acknowledge", json={"by": "somebody else"})
    assert second.json()["acknowledged_by"] == "王敏"
    assert [line["change"] for line in site.client.get(path).json()["timeline"]] == ["fired", "acknowledged"]


def test_resolving_works_once(site: Site) -> None:
    path = f"/api/v1/alerts/{OVERFLOW}"
    version = site.store.operator_version()
    done = site.client.post(f"{path}/resolve", json={"by": "王敏"})
    assert (done.json()["state"], done.json()["resolved_ms"]) == ("resolved", NOW)
    assert site.store.operator_version() > version, "ingest must notice"
    again = site.client.post(f"{path}/resolve", json={"by": "王敏"})
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("act", ["acknowledge", "resolve"])
@pytest.mark.parametrize(
    "body", [{}, {"by": ""}, {"by": "   "}, {"by": "x" * 65}, {"by": "a\nb"}, {"by": 7}, {"by": "x", "y": 1}]
)
def test_who_acts_must_be_said(reading: Site, act: str, body: dict[str, Any]) -> None:
    answer = reading.client.post(f"/api/v1/alerts/{HEAT}/{act}", json=body)
    assert answer.status_code == 422


def test_the_ledger_accounts_for_every_number(site: Site) -> None:
    before = get(site, "ledger")
    assert before["total"]["lost"] == 0
    assert before["total"]["received"] == sum(one["received"] for one in before["items"])
    filling = site.filling()
    row = filling.ledger("bin-1")
    row.settled.add(row.settled.through + 4, row.settled.through + 6)
    filling.commit(_ledger_only(row))
    after = get(site, "ledger", community="garden", device="bin-1")
    (epoch,) = after["items"]
    gap = [100_001, 100_003]
    assert (epoch["missing"], epoch["missing_ranges"], epoch["lost"]) == (3, [gap], 3)
    assert after["total"]["missing"] == 3
    for one in (after["total"], epoch):
        assert one["numbered"] == one["received"] + one["dead"] + one["dropped"] + one["missing"]


def test_the_ledger_is_summed_by_device_and_by_community_and_paged(site: Site) -> None:
    whole = get(site, "ledger")
    (garden,) = whole["communities"]
    assert garden == {**whole["total"], "community": "garden"}
    seen = []
    for by, names in (("device", ("community", "device")), ("epoch", ("community", "device", "epoch"))):
        address: str | None = f"/api/v1/ledger?by={by}&limit=3"
        while address is not None:
            answer = site.client.get(address).json()
            assert len(answer["items"]) <= 3
            seen += [(by, *(one[name] for name in names)) for one in answer["items"]]
            address = answer["next"]
    devices = [f"bin-{n}" for n in range(1, 8)]
    assert seen == [
        *(("device", "garden", device) for device in devices),
        *(("epoch", "garden", device, EPOCH) for device in devices),
    ]
    for after in ("nonsense.", "a.b.c.d", "a.b", "..", "a.b.\x00"):
        assert site.client.get("/api/v1/ledger", params={"after": after}).status_code == 422


def _ledger_only(row: Any) -> Any:
    from linli.ports.commit_group import CommitGroup

    return CommitGroup(ledger=[row])


def test_dead_letters_are_shown_safely(reading: Site) -> None:
    answer = get(reading, "dead-letters")
    (letter,) = answer["items"]
    assert answer["counts"] == {"json": 2}
    assert letter["times"] == 2
    assert letter["raw_text"] == '{"kind":"telemetry","seq":3,"fill_pct":"\\xff\\x00<script>"}'
    assert b"\xff\x00<script>" in base64.b64decode(letter["raw_base64"])
    assert get(reading, "dead-letters", reason="schema")["items"] == []


def test_totals_and_communities(reading: Site) -> None:
    totals = get(reading, "totals")
    assert (totals["deposits"], totals["devices"], totals["devices_unknown"]) == (261, 7, 1)
    assert totals["alerts_firing"] == 5
    assert totals["dead_letters_by_reason"] == {"json": 2}
    assert totals["last_change"] == reading.store.change_bounds()[1]
    garden = get(reading, "communities")["items"][0]
    assert (garden["name_zh"], garden["name_en"], len(garden["buildings"])) == ("春风里", "Spring Garden", 3)
