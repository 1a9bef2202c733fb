"""Everything that happens, one thing after the other, as the seed decides it.

The diary knows simulated time alone. How fast it is played, and whether the machine keeps up, changes when
things happen and never what happens.
"""

import heapq
import itertools
import random
from collections.abc import Iterator, Sequence

from linli.waste import Kind, Profile
from simulators import habits, world
from simulators.happenings import BAG, EMPTY, Act, Happening, Looked, Measured, Shown, Thrown
from simulators.incidents import plan_day
from simulators.neighbourhood import COMPARTMENTS, Household, Neighbourhood
from simulators.world import HOUR_S

DAY_S = 24 * HOUR_S
BEGINS_H = 6.0
"""The hour at which the diary begins: the morning peak comes first, and the night last."""
MEASURE_EVERY_S = 0.5 * HOUR_S
LOOK_EVERY_S = 0.25 * HOUR_S
COLLECTIONS_H = (10.5, 22.0)
HAZARDOUS_EVERY_DAYS = 7
OTHER_DOOR = 0.2
"""How often a household takes any of its building's doors instead of the nearest."""
PICTURES = 1 << 20


class Diary:
    """An endless iterator of happenings, in the order of their `at_s`."""

    def __init__(self, place: Neighbourhood, profile: Profile, items: Sequence[str], *, bags: bool) -> None:
        """`items` are those there are pictures of; with `bags` some of it comes in closed bags."""
        self.place = place
        self.profile = profile
        self.items = items
        self.scene: Shown = Shown(EMPTY, 0)
        self.kept_full: set[tuple[str, str]] = set()  # compartments the lorry passes by
        self._bags = bags
        self._rng = random.Random(f"diary {place.seed}")
        self._noise = random.Random(f"sensors {place.seed}")
        self._plan: list[tuple[float, int, Act]] = []
        self._order = itertools.count()
        self._per_day = sum(household.per_day for household in place.households)
        self._weights = [household.per_day for household in place.households]
        self.bins = self._make_bins()
        for number, bin_ in enumerate(place.bins):
            first = MEASURE_EVERY_S * (number + 0.5) / len(place.bins)
            self.plan(first, self._measuring(bin_.id))
        self.plan(LOOK_EVERY_S / 2, self._look)
        self.plan(0.0, self._new_day)
        self.plan(self._next_deposit(0.0), self._deposit)

    def __iter__(self) -> Iterator[Happening]:
        return self

    def __next__(self) -> Happening:
        while True:
            at_s, _, act = heapq.heappop(self._plan)
            happening = act(at_s)
            if happening is not None:
                return happening

    def plan(self, at_s: float, act: Act) -> None:
        """It will be done at that time."""
        heapq.heappush(self._plan, (at_s, next(self._order), act))

    def throw(self, at_s: float, household: Household, item: str, compartment: str, device: str) -> Thrown:
        """That household throws that item into that compartment of that bin."""
        rng = self._rng
        weight_kg = habits.weigh(rng, item)
        bagged = self._bags and rng.random() < habits.BAGGED.get(self.profile.items[item], 0)
        self.bins[device].compartments[compartment].weight_kg += weight_kg
        shown = Shown(BAG if bagged else item, rng.randrange(PICTURES))
        return Thrown(at_s, device, compartment, household.pseudonym, item, weight_kg, shown)

    def _make_bins(self) -> dict[str, world.BinState]:
        load = habits.expected_kg(self.profile, self.items)
        daily = {bin_.id: 0.0 for bin_ in self.place.bins}
        for household in self.place.households:
            daily[household.nearest] += household.per_day
        return {
            device: world.make_bin(self._rng, {kind: load[kind] * deposits for kind in Kind})
            for device, deposits in daily.items()
        }

    def _deposit(self, at_s: float) -> Thrown:
        self.plan(self._next_deposit(at_s), self._deposit)
        household = self._rng.choices(self.place.households, weights=self._weights)[0]
        item = habits.pick_item(self._rng, self.items)
        kind = habits.choose(self._rng, self.profile, item, household.accuracy)
        device = household.nearest
        if self._rng.random() < OTHER_DOOR:
            device = self._rng.choice(self.place.bins_of[household.building])
        return self.throw(at_s, household, item, kind.value, device)

    def _next_deposit(self, at_s: float) -> float:
        """A Poisson process whose rate follows the day's rhythm, by thinning (Lewis and Shedler 1979)."""
        mean = sum(habits.RHYTHM) / len(habits.RHYTHM)
        busiest_per_s = self._per_day / mean / DAY_S
        while True:
            at_s += self._rng.expovariate(busiest_per_s)
            if self._rng.random() < habits.busyness(hour_of(at_s)):
                return at_s

    def _measuring(self, device: str) -> Act:
        def measure(at_s: float) -> Measured:
            self.plan(at_s + MEASURE_EVERY_S, measure)
            values = world.readings(self.bins[device], at_s, hour_of(at_s), self._noise)
            return Measured(at_s, device, values)

        return measure

    def _look(self, at_s: float) -> Looked:
        self.plan(at_s + LOOK_EVERY_S, self._look)
        return Looked(at_s, self.place.camera.id, self.scene)

    def _new_day(self, at_s: float) -> None:
        day = round(at_s / DAY_S)
        self.plan(at_s + DAY_S, self._new_day)
        for hour in COLLECTIONS_H:
            for bin_ in self.place.bins:
                when = at_s + (hour - BEGINS_H) * HOUR_S + self._rng.uniform(0, 1.2 * HOUR_S)
                self.plan(when, self._collecting(bin_.id, hazardous=day % HAZARDOUS_EVERY_DAYS == 0))
        plan_day(self, at_s, random.Random(f"incidents {self.place.seed} {day}"))

    def _collecting(self, device: str, *, hazardous: bool) -> Act:
        def collect(_: float) -> None:
            for name, inside in self.bins[device].compartments.items():
                passed_by = (device, name) in self.kept_full
                if not passed_by and (hazardous or COMPARTMENTS[name] is not Kind.HAZARDOUS):
                    inside.empty()

        return collect


def hour_of(at_s: float) -> float:
    """The hour of the simulated day, 0..24."""
    return (BEGINS_H + at_s / HOUR_S) % 24
