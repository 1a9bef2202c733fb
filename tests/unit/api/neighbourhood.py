"""The small neighbourhood of these tests: its inventory, what is thrown in, the names of its alerts."""

import hashlib
from zoneinfo import ZoneInfo

from linli.inventory import Inventory, parse_inventory

MINUTE = 60_000
NOW = 1_764_043_200_000  # 2025-11-25 12:00 in Shanghai
EPOCH = "k3J8vPqLw2Zx"
ZONE = ZoneInfo("Asia/Shanghai")
ITEMS = {
    "kitchen": ["food_waste"],
    "other": ["misc_trash", "ceramic_shell"],
    "recyclable": ["plastic", "cardboard", "glass", "metal", "paper"],
    "hazardous": ["battery", "lamp"],
}
KIND_OF = {item: kind for kind, items in ITEMS.items() for item in items}
KINDS = ("recyclable", "hazardous", "kitchen", "other")
CHOICES = ["kitchen"] * 9 + ["other"] * 5 + ["recyclable"] * 6 + ["hazardous"]


def alert_id(device: str, compartment: str, kind: str) -> str:
    """16 hex digits, as ingest makes them."""
    return hashlib.blake2b(f"garden/{device}/{compartment}/{kind}/1".encode(), digest_size=8).hexdigest()


HEAT = alert_id("bin-5", "other", "heat")
MISSORT = alert_id("bin-3", "kitchen", "missort")
OVERFLOW = alert_id("bin-2", "recyclable", "overflow")
OFFLINE = alert_id("bin-4", "", "offline")
LOW_BATTERY = alert_id("bin-6", "", "low_battery")

INVENTORY = """
[communities.garden]
name_zh = "春风里"
name_en = "Spring Garden"
timezone = "Asia/Shanghai"
profile = "shanghai"
buildings.b1 = { name = "1号楼", households = 24 }
buildings.b2 = { name = "2号楼", households = 18 }
buildings.b3 = { name = "3号楼", households = 30 }

[communities.harbour]
name_zh = "港湾"
name_en = "Harbour"
timezone = "Asia/Shanghai"
profile = "national"
buildings.h1 = { name = "A座", households = 12 }
""" + "".join(
    f'[communities.garden.devices.bin-{n}]\nbuilding = "b{b}"\nname = "{name}"\n'
    "compartments = { " + ", ".join(f'{kind} = "{kind}"' for kind in KINDS) + " }\n"
    for n, b, name in (
        (1, 1, "1号楼东门"),
        (2, 1, "1号楼西门"),
        (3, 2, "2号楼门厅"),
        (4, 2, "2号楼地下"),
        (5, 3, "3号楼门厅"),
        (6, 3, "3号楼后院"),
    )
)


def inventory() -> Inventory:
    return parse_inventory(INVENTORY)
