"""The virtual neighbourhood and its inventory."""

import pytest

from linli.inventory import DeviceType, parse_inventory
from linli.waste import Kind
from simulators.inventory import inventory_toml
from simulators.neighbourhood import PROFILES, found


def test_the_same_seed_makes_the_same_neighbourhood():
    assert found(7, 12, 120, "shanghai") == found(7, 12, 120, "shanghai")
    assert inventory_toml(found(7, 12, 120, "shanghai")) == inventory_toml(found(7, 12, 120, "shanghai"))
    assert found(7, 12, 120, "shanghai").households != found(8, 12, 120, "shanghai").households


@pytest.mark.parametrize(("bins", "households"), [(1, 1), (3, 2), (12, 120), (25, 500)])
@pytest.mark.parametrize("profile", PROFILES)
def test_ingest_reads_the_inventory_as_the_neighbourhood_is(bins, households, profile):
    place = found(3, bins, households, profile)
    inventory = parse_inventory(inventory_toml(place))
    community = inventory.communities[place.community]
    assert (community.name_zh, community.name_en) == (place.name_zh, place.name_en)
    assert (community.timezone, community.profile) == ("Asia/Shanghai", profile)
    assert sum(building.households for building in community.buildings.values()) == households
    devices = inventory.devices
    assert len(devices) == bins + 1
    assert devices[place.community, place.camera.id].type is DeviceType.CAMERA
    for bin_ in place.bins:
        device = devices[place.community, bin_.id]
        assert device.building == bin_.building
        assert device.name == bin_.name
        assert set(device.compartments.values()) == set(Kind)


def test_households_are_pseudonyms_and_live_at_a_door():
    place = found(1, 12, 120, "shanghai")
    assert len({household.pseudonym for household in place.households}) == 120
    for household in place.households:
        assert len(bytes.fromhex(household.pseudonym)) == 16
        assert household.nearest in place.bins_of[household.building]
        assert 0 <= household.accuracy <= 1
    assert all(place.households_of(building.id) > 0 for building in place.buildings)


def test_names_are_in_both_languages_and_short_enough_for_a_card():
    place = found(1, 12, 120, "shanghai")
    assert [building.name for building in place.buildings][:2] == ["1号楼 B1", "2号楼 B2"]
    assert [bin_.name for bin_ in place.bins][:3] == ["东门 East", "西门 West", "东门 East"]
    names = [building.name for building in place.buildings] + [bin_.name for bin_ in place.bins]
    assert max(map(len, [*names, place.camera.name])) <= 9


def test_buildings_differ_in_how_well_they_sort():
    place = found(1, 12, 600, "shanghai")
    mean = {
        building.id: [h.accuracy for h in place.households if h.building == building.id]
        for building in place.buildings
    }
    averages = sorted(sum(values) / len(values) for values in mean.values())
    assert averages[0] < 0.7
    assert averages[-1] > 0.9


@pytest.mark.parametrize(
    ("bins", "households", "profile"), [(0, 1, "shanghai"), (1, 0, "shanghai"), (1, 1, "mars")]
)
def test_what_cannot_be_a_neighbourhood_is_refused(bins, households, profile):
    with pytest.raises(ValueError):
        found(1, bins, households, profile)
