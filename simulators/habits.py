"""What households throw away, how much of it, when, and where they put what they sort wrong."""

import random
from collections.abc import Mapping, Sequence

from linli.waste import Kind, Profile

# How often each item is thrown away, and what a piece or a bag of it weighs, kg (from, to).
ITEMS: Mapping[str, tuple[float, tuple[float, float]]] = {
    "food_waste": (30, (0.3, 1.8)),
    "plastic": (12, (0.03, 0.3)),
    "paper": (9, (0.05, 0.9)),
    "cardboard": (9, (0.1, 1.2)),
    "misc_trash": (11, (0.1, 0.9)),
    "glass": (6, (0.2, 0.9)),
    "metal": (6, (0.03, 0.4)),
    "textile": (4, (0.2, 1.2)),
    "household_sundry": (4, (0.05, 0.5)),
    "ceramic_shell": (3, (0.1, 0.8)),
    "battery": (2.5, (0.02, 0.1)),
    "medicine": (1.5, (0.02, 0.15)),
    "lamp": (1, (0.05, 0.2)),
    "paint_can": (1, (0.3, 1.5)),
}
# Where a kind goes when it goes wrong. Most mistakes end in the compartment for all the rest.
MISTAKES: Mapping[Kind, Mapping[Kind, float]] = {
    Kind.RECYCLABLE: {Kind.OTHER: 8, Kind.KITCHEN: 2},
    Kind.HAZARDOUS: {Kind.OTHER: 6, Kind.RECYCLABLE: 3, Kind.KITCHEN: 1},
    Kind.KITCHEN: {Kind.OTHER: 9, Kind.RECYCLABLE: 1},
    Kind.OTHER: {Kind.RECYCLABLE: 5, Kind.KITCHEN: 5},
}
BAGGED = {Kind.KITCHEN: 0.12, Kind.OTHER: 0.06}
"""How much of a kind comes in a closed bag, in which nobody can see it."""

# How busy each hour of the day is, from midnight, relative to the busiest: a morning and an evening peak.
RHYTHM = (
    0.15, 0.08, 0.06, 0.06, 0.10, 0.25, 0.55, 0.90, 0.85, 0.50, 0.38, 0.40,
    0.50, 0.42, 0.30, 0.32, 0.40, 0.60, 0.90, 1.00, 0.85, 0.55, 0.38, 0.25,
)  # fmt: skip


def busyness(hour: float) -> float:
    """How busy it is at this hour of the day (0..24): 0..1."""
    before = int(hour) % 24
    share = hour % 1
    return RHYTHM[before] * (1 - share) + RHYTHM[(before + 1) % 24] * share


def pick_item(rng: random.Random, available: Sequence[str]) -> str:
    """What is thrown away next, of the items there are pictures of. Items nobody told us of are rare."""
    return rng.choices(available, weights=[ITEMS.get(item, (1.0, (0.0, 0.0)))[0] for item in available])[0]


def weigh(rng: random.Random, item: str) -> float:
    """What it weighs, kg, as a scale says it."""
    low, high = ITEMS[item][1] if item in ITEMS else (0.05, 0.5)
    return round(rng.uniform(low, high), 2)


def choose(rng: random.Random, profile: Profile, item: str, accuracy: float) -> Kind:
    """The compartment (by its kind) into which a household of this accuracy throws the item."""
    right = profile.items[item]
    if rng.random() < accuracy:
        return right
    wrong = MISTAKES[right]
    return rng.choices(list(wrong), weights=list(wrong.values()))[0]


def expected_kg(profile: Profile, available: Sequence[str]) -> dict[Kind, float]:
    """What an average deposit adds to each compartment if all is sorted right, kg."""
    total = sum(ITEMS.get(item, (1.0, (0, 0)))[0] for item in available)
    load = dict.fromkeys(Kind, 0.0)
    for item in available:
        often, (low, high) = ITEMS.get(item, (1.0, (0.05, 0.5)))
        load[profile.items[item]] += often / total * (low + high) / 2
    return load
