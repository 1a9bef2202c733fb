from importlib.resources import files

import pytest

from linli.errors import InvalidProfile
from linli.profiles import builtin, names
from linli.verdict import judge
from linli.waste import Gravity, Kind, Outcome, parse_profile

ITEMS = 14


@pytest.mark.parametrize("name", names())
def test_the_profiles_we_ship_are_whole(name: str) -> None:
    rules = builtin(name)
    assert rules.id == name
    assert len(rules.items) == ITEMS
    assert all(naming.zh and naming.en and naming.colour for naming in rules.kinds.values())


def test_shanghai_says_wet_and_dry() -> None:
    assert builtin("shanghai").kinds[Kind.KITCHEN].zh == "湿垃圾"
    assert builtin("national").kinds[Kind.KITCHEN].zh == "厨余垃圾"


@pytest.mark.parametrize(
    ("chosen", "item", "seen", "confidence", "unsure", "outcome", "gravity", "reason"),
    [
        ("kitchen", "food_waste", "kitchen", 0.9, None, "correct", "none", "same_kind"),
        ("kitchen", "battery", "hazardous", 0.9, None, "missorted", "grave", "kitchen_with_hazardous"),
        ("other", "food_waste", "kitchen", 0.9, None, "missorted", "minor", "other_with_kitchen"),
        ("other", "glass", "recyclable", 0.9, None, "missed_recycling", "none", "other_with_recyclable"),
        (
            "other",
            "battery",
            "other",
            0.9,
            None,
            "missorted",
            "grave",
            "other_with_hazardous",
        ),  # the law decides
        ("other", "gadget", "other", 0.9, None, "correct", "none", "same_kind"),
        ("kitchen", "battery", "hazardous", 0.9, "bag", "unsure", "none", "bag"),
        ("kitchen", "battery", "hazardous", 0.3, None, "unsure", "none", "low_confidence"),
        ("kitchen", None, None, None, None, "unsure", "none", "unclassified"),
        (None, "battery", "hazardous", 0.9, None, "unsure", "none", "unknown_compartment"),
    ],
)
def test_verdicts(chosen, item, seen, confidence, unsure, outcome, gravity, reason) -> None:
    verdict = judge(
        builtin("shanghai"),
        Kind(chosen) if chosen else None,
        item,
        Kind(seen) if seen else None,
        confidence,
        unsure,
    )
    assert (verdict.outcome, verdict.gravity, verdict.reason) == (Outcome(outcome), Gravity(gravity), reason)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('[confusions.hazardous]\nrecyclable = "missorted:minor"', "[confusions.hazardous]", "recyclable"),
        ("min_confidence = 0.6", "min_confidence = 6", "min_confidence"),
        ("min_confidence = 0.6", "min_confidence = 'high'", "high"),
        ("missed_recycling", "sin", "sin"),
        ('id = "national"', "id = ", "read"),
    ],
)
def test_a_profile_that_is_not_whole_is_refused(old: str, new: str, named: str) -> None:
    text = files("linli").joinpath("profiles/national.toml").read_text()
    assert old in text
    with pytest.raises(InvalidProfile, match=named):
        parse_profile(text.replace(old, new))


@pytest.mark.parametrize("name", ["atlantis", "../national", "", "national.toml"])
def test_a_profile_that_there_is_not(name: str) -> None:
    with pytest.raises(InvalidProfile, match="national, shanghai"):
        builtin(name)
