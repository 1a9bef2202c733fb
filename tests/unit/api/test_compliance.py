"""Compliance as the API answers it: intervals, evidence, sums."""

import pytest

from linli.compliance import wilson
from tests.unit.api.asking import get
from tests.unit.api.conftest import Site


def test_compliance_by_building_has_its_interval(reading: Site) -> None:
    answer = get(reading, "compliance", community="garden")
    assert [one["building"] for one in answer["items"]] == ["b1", "b2", "b3"]
    for group in (answer["total"], *answer["items"]):
        counts, shown = group["outcomes"], group["accuracy"]
        judged = counts["correct"] + counts["missorted"] + counts["missed_recycling"]
        assert shown["judged"] == judged
        assert group["deposits"] == judged + counts["unsure"]
        assert shown["enough"] is True
        assert shown["value"] == pytest.approx(counts["correct"] / judged)
        assert (shown["low"], shown["high"]) == pytest.approx(wilson(counts["correct"], judged))
    total = answer["total"]
    assert total["deposits"] == sum(one["deposits"] for one in answer["items"]) == 261
    assert total["participation"]["registered"] == 72
    assert total["participation"]["value"] == pytest.approx(total["participation"]["seen"] / 72)


def test_compliance_by_kind_and_day_sums_to_the_same(reading: Site) -> None:
    answer = get(reading, "compliance", community="garden", by=["kind", "day"])
    assert {one["day"] for one in answer["items"]} == {"2025-11-25"}
    assert {one["kind"] for one in answer["items"]} == {"kitchen", "other", "recyclable", "hazardous"}
    assert sum(one["weight_kg"] for one in answer["items"]) == pytest.approx(answer["total"]["weight_kg"])


def test_compliance_of_households_says_when_it_is_not_enough(reading: Site) -> None:
    items = get(reading, "compliance", community="garden", by="household")["items"]
    few = [one for one in items if one["accuracy"]["judged"] < 20]
    assert few
    assert all(one["accuracy"]["value"] is None and one["accuracy"]["enough"] is False for one in few)


def test_compliance_of_a_day_without_deposits(reading: Site) -> None:
    answer = get(reading, "compliance", community="garden", **{"from": "2025-11-26", "to": "2025-11-30"})
    assert answer["items"] == []
    assert answer["total"]["accuracy"] == {
        "value": None,
        "low": None,
        "high": None,
        "judged": 0,
        "enough": False,
    }
