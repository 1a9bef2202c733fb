"""What happens, in simulated time alone."""

import re
from collections import Counter
from itertools import islice, pairwise, takewhile

import pytest
from msgspec import convert

from edge.assembly import read_profile
from linli.events import Telemetry, decode_event, encode
from linli.waste import Kind
from simulators.diary import DAY_S, Diary, hour_of
from simulators.happenings import BAG, Broke, Looked, Measured, Thrown
from simulators.incidents import CAREFUL_DEPOSITS, SLOPPY_DEPOSITS
from simulators.neighbourhood import COMPARTMENTS, found
from simulators.oracle import Oracle
from simulators.pictures.studio import ITEMS

PROFILE = read_profile("shanghai")


def diary(seed=1, bins=12, households=120, items=ITEMS, *, bags=True):
    return Diary(found(seed, bins, households, "shanghai"), PROFILE, items, bags=bags)


def days(count, **which):
    return list(takewhile(lambda happening: happening.at_s < count * DAY_S, diary(**which)))


def test_the_same_seed_writes_the_same_diary():
    assert list(islice(diary(5), 3000)) == list(islice(diary(5), 3000))


def test_another_seed_writes_another():
    assert list(islice(diary(5), 50)) != list(islice(diary(6), 50))


def test_every_reading_is_one_that_the_contract_takes():
    for happening in days(1):
        if isinstance(happening, Measured):
            for compartment, channels in happening.values.items():
                decode_event(
                    encode(
                        convert(
                            {"seq": 1, "kind": "telemetry", "compartment": compartment, **channels}, Telemetry
                        )
                    )
                )
                assert (compartment is None) == ("battery_pct" in channels)


def test_time_never_goes_back():
    assert all(before.at_s <= after.at_s for before, after in pairwise(days(2)))


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_first_day_has_each_alert_that_follows_from_readings_and_some_of_them_end(seed):
    oracle = Oracle()
    for happening in days(1, seed=seed):
        if isinstance(happening, Measured):
            for compartment, channels in happening.values.items():
                oracle.tell(happening.device, compartment, channels)
    fired: Counter[str] = Counter()
    resolved: Counter[str] = Counter()
    for _, _, kind, count in oracle:
        fired[kind] += count.fired
        resolved[kind] += count.resolved
    assert set(fired) == {"overflow", "heat", "low_battery"}
    assert all(resolved[kind] >= 1 for kind in fired)
    assert fired["overflow"] > resolved["overflow"]
    assert fired["low_battery"] > resolved["low_battery"]


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_day_somebody_puts_hazardous_waste_into_the_kitchen_waste_and_then_it_goes_well(seed):
    """As a perfect judge would see it: a mis-sorting alert begins, and ends."""
    streaks: dict[tuple[str, str], list[bool]] = {}
    for thrown in days(1, seed=seed):
        if isinstance(thrown, Thrown):
            right = COMPARTMENTS[thrown.compartment] is PROFILE.items[thrown.item]
            streaks.setdefault((thrown.device, thrown.compartment), []).append(right)
    text = [
        "".join(".x"[not right] for right in streak)
        for (_, name), streak in streaks.items()
        if name == "kitchen"
    ]
    assert any(re.search(r"xx.*\.{5}", streak) for streak in text)


def test_a_day_shows_faults_that_are_mended_and_a_camera_with_something_to_see():
    day = days(1)
    assert [broke.active for broke in day if isinstance(broke, Broke)] == [True, False]
    seen = {looked.shown.what for looked in day if isinstance(looked, Looked)}
    assert {"empty", "covered", "bag"} < seen


def test_people_come_in_the_morning_and_in_the_evening():
    hours = Counter(int(hour_of(thrown.at_s)) for thrown in days(20) if isinstance(thrown, Thrown))
    noon, night = hours[14], hours[2]
    assert hours[7] > noon < hours[19]
    assert night < noon / 3


def test_the_number_of_deposits_is_what_the_households_habits_say():
    place = found(1, 12, 120, "shanghai")
    planned = SLOPPY_DEPOSITS + CAREFUL_DEPOSITS
    expected = 20 * (sum(household.per_day for household in place.households) + planned)
    deposits = sum(isinstance(happening, Thrown) for happening in days(20))
    assert deposits == pytest.approx(expected, rel=0.05)


def test_households_that_sort_well_are_right_more_often():
    place = found(1, 12, 120, "shanghai")
    accuracy = {household.pseudonym: household.accuracy for household in place.households}
    right: dict[bool, list[bool]] = {True: [], False: []}
    for thrown in days(30):
        if isinstance(thrown, Thrown):
            hit = COMPARTMENTS[thrown.compartment] is PROFILE.items[thrown.item]
            right[accuracy[thrown.household] > 0.85].append(hit)
    good, poor = (sum(right[better]) / len(right[better]) for better in (True, False))
    assert good > 0.88
    assert poor < 0.8


def test_deposits_fill_the_bin_they_go_into_until_it_is_collected():
    levels: dict[tuple[str, str], list[float]] = {}
    for happening in days(3):
        if isinstance(happening, Measured):
            for compartment, channels in happening.values.items():
                if compartment is not None:
                    levels.setdefault((happening.device, compartment), []).append(channels["weight_kg"])
    kitchens = [weights for (_, compartment), weights in levels.items() if compartment == Kind.KITCHEN]
    assert len(kitchens) == 12
    for weights in kitchens:
        assert any(after > before for before, after in pairwise(weights))
        assert any(after < before / 2 for before, after in pairwise(weights))


def test_only_items_with_a_picture_are_thrown_and_bags_only_where_there_are_pictures_of_them():
    few = [
        happening
        for happening in days(3, items=["glass", "lamp"], bags=False)
        if isinstance(happening, Thrown)
    ]
    assert {thrown.item for thrown in few} == {"glass", "lamp"}
    assert all(thrown.shown.what == thrown.item for thrown in few)
    shown = Counter(thrown.shown.what for thrown in days(3) if isinstance(thrown, Thrown))
    assert shown[BAG] > 0


def test_the_smallest_neighbourhood_lives_too():
    assert any(isinstance(happening, Thrown) for happening in days(3, bins=1, households=1, items=["paper"]))
