"""The virtual neighbourhood: who lives where, how well they sort, and where the bins and the camera stand."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edge.households import pseudonym
from linli.waste import Kind

TIMEZONE = "Asia/Shanghai"
PROFILES = ("shanghai", "national")
COMPARTMENTS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
DEMO_KEY = b"linli demonstration key, no secret"
"""Makes the households' pseudonyms. Nobody lives here, so it may be read by everyone."""

NAMES = (
    ("meiyuan", "梅园里", "Plum Court"),
    ("wutong", "梧桐新村", "Parasol Village"),
    ("yulan", "玉兰苑", "Magnolia Gardens"),
    ("heping", "和平小区", "Peace Estate"),
    ("chunjiang", "春江花园", "Spring River Gardens"),
)
DOORS = ("东门 East", "西门 West")
"""At each building. Names are short: a card shows them beside the building's, and must not cut them."""
BINS_PER_BUILDING = len(DOORS)
WORST_BUILDING, BEST_BUILDING = 0.62, 0.96
"""How often the households of a building choose the right compartment, on average."""
HOUSEHOLD_SPREAD = 12.0
"""How alike the households of a building are: the sum of the parameters of a beta distribution."""


@dataclass(frozen=True, slots=True)
class Building:
    """A building. `accuracy` (0..1) is what its households come to on average."""

    id: str
    name: str
    accuracy: float


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin with four compartments, named after the kinds they are for, at a door of a building."""

    id: str
    building: str
    name: str


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera over the collection point; it is kept in the books of one building."""

    id: str
    building: str
    name: str


@dataclass(frozen=True, slots=True)
class Household:
    """A household: its pseudonym (32 hex digits), its nearest bin, and its habits.

    `accuracy` (0..1): how often it chooses the right compartment. `per_day`: deposits on an average day.
    """

    pseudonym: str
    building: str
    nearest: str
    accuracy: float
    per_day: float


@dataclass(frozen=True)
class Neighbourhood:
    """One community, as its seed makes it."""

    seed: int
    community: str
    name_zh: str
    name_en: str
    profile: str
    buildings: Sequence[Building]
    bins: Sequence[Bin]
    camera: Camera
    households: Sequence[Household]

    @cached_property
    def bins_of(self) -> Mapping[str, Sequence[str]]:
        """The bins at a building's doors, by building."""
        return {
            building.id: [bin_.id for bin_ in self.bins if bin_.building == building.id]
            for building in self.buildings
        }

    def households_of(self, building: str) -> int:
        """How many households a building has."""
        return sum(household.building == building for household in self.households)


def found(seed: int, bins: int, households: int, profile: str) -> Neighbourhood:
    """Make the neighbourhood of this seed: the same arguments give the same one.

    Raises ValueError for fewer than one bin or household, or a profile that is none of PROFILES.
    """
    if bins < 1 or households < 1:
        raise ValueError("a neighbourhood needs at least one bin and one household")
    if profile not in PROFILES:
        raise ValueError(f"the profile is one of {', '.join(PROFILES)}, not {profile!r}")
    rng = random.Random(f"neighbourhood {seed}")
    community, name_zh, name_en = rng.choice(NAMES)
    buildings = _buildings(rng, -(-bins // BINS_PER_BUILDING))
    stands = [_bin(number, buildings) for number in range(bins)]
    return Neighbourhood(
        seed,
        community,
        name_zh,
        name_en,
        profile,
        buildings,
        stands,
        Camera("cam-1", buildings[0].id, "投放点 Point"),
        _households(rng, seed, households, buildings, stands),
    )


def _buildings(rng: random.Random, count: int) -> list[Building]:
    """Their accuracies are spread evenly and dealt out at random, so that in any demo they differ."""
    steps = max(1, count - 1)
    accuracies = [BEST_BUILDING - (BEST_BUILDING - WORST_BUILDING) * at / steps for at in range(count)]
    rng.shuffle(accuracies)
    return [
        Building(f"b{number}", f"{number}号楼 B{number}", accuracy)
        for number, accuracy in enumerate(accuracies, start=1)
    ]


def _bin(number: int, buildings: Sequence[Building]) -> Bin:
    building = buildings[number // BINS_PER_BUILDING]
    return Bin(f"bin-{number + 1:02d}", building.id, DOORS[number % BINS_PER_BUILDING])


def _households(
    rng: random.Random, seed: int, count: int, buildings: Sequence[Building], bins: Sequence[Bin]
) -> list[Household]:
    sizes = [rng.uniform(0.7, 1.3) for _ in buildings]
    households = []
    for number in range(count):
        # Every building gets one before any gets its second by size, so that none stands empty.
        building = buildings[number] if number < len(buildings) else rng.choices(buildings, weights=sizes)[0]
        doors = [bin_.id for bin_ in bins if bin_.building == building.id]
        households.append(
            Household(
                pseudonym(DEMO_KEY, f"{seed}/{building.id}/{number}"),
                building.id,
                rng.choice(doors),
                rng.betavariate(
                    building.accuracy * HOUSEHOLD_SPREAD, (1 - building.accuracy) * HOUSEHOLD_SPREAD
                ),
                rng.uniform(1.2, 3.2),
            )
        )
    return households
