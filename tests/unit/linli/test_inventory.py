import pytest

from linli.errors import InvalidInventory
from linli.inventory import DeviceType, parse_inventory
from linli.waste import Kind

TEXT = """
[communities.garden]
name_zh = "春风里"
timezone = "Asia/Shanghai"
[communities.garden.buildings]
b1 = { name = "1号楼", households = 24 }
[communities.garden.devices]
bin-1 = { building = "b1", compartments = { wet = "kitchen" } }
gate = { building = "b1", type = "gateway" }
"""


def test_what_it_says() -> None:
    inventory = parse_inventory(TEXT)
    assert inventory.communities["garden"].buildings["b1"].households == 24
    device = inventory.device("garden", "bin-1")
    assert device is not None
    assert device.compartments == {"wet": Kind.KITCHEN}
    assert inventory.devices["garden", "gate"].type is DeviceType.GATEWAY
    assert inventory.device("garden", "bin-2") is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("Asia/Shanghai", "Asia/Atlantis", "Atlantis"),
        ('building = "b1", comp', 'building = "b9", comp', "b9"),
        ('building = "b1", comp', "comp", "bin-1"),
        ('"kitchen"', '"compost"', "'compost' is none of .*kitchen"),
        ("bin-1 =", '"bin/1" =', "bin/1"),
        ("households = 24", "households = -1", "households"),
        ("households = 24", "households = inf", "households"),
        ("households = 24", "households = 99999999999999999999", "households"),
        ("households = 24", 'households = "many"', "households"),
        ('timezone = "Asia/Shanghai"', "", "timezone"),
        ('type = "gateway"', 'type = "door"', "'door' is none of bin, camera"),
        ("[communities.garden]", "[communities.garden", "read"),
    ],
)
def test_a_contradiction_is_named(old: str, new: str, named: str) -> None:
    assert old in TEXT
    with pytest.raises(InvalidInventory, match=named):
        parse_inventory(TEXT.replace(old, new, 1))
