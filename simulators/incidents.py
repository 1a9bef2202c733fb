"""The bad moments of a day, planned so that every day shows each kind of alert, coming and going.

A day begins at six in the morning. What happens in its evening is still there when a demonstration of one day
ends; the rest is over by then.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from linli.waste import Kind, Profile
from simulators.happenings import COVERED, EMPTY, Act, Broke, Shown, Thrown
from simulators.neighbourhood import Household, Neighbourhood
from simulators.world import HOUR_S, BinState

HEAT_STEPS = (18.0, 44.0, 50.0, 38.0, 16.0, 5.0, 0.0)
"""How much warmer than the air a smouldering compartment is, °C, half an hour apart."""
SLOPPY_DEPOSITS = 4
GRAVE = "battery"
CAREFUL_DEPOSITS = 8
CAREFUL = "food_waste"


class Planner(Protocol):
    """Who keeps the plan, and the state of what it happens to: simulators.diary."""

    place: Neighbourhood
    profile: Profile
    items: Sequence[str]
    bins: dict[str, BinState]
    scene: Shown
    kept_full: set[tuple[str, str]]

    def plan(self, at_s: float, act: Act) -> None:
        """It will be done at that time."""

    def throw(self, at_s: float, household: Household, item: str, compartment: str, device: str) -> Thrown:
        """That household throws that item into that compartment of that bin."""


def plan_day(diary: Planner, at_s: float, rng: random.Random) -> None:
    """Plan the incidents of the day that begins now, each at another bin as far as there are enough."""
    bins = [bin_.id for bin_ in diary.place.bins]
    rng.shuffle(bins)
    at = [bins[number % len(bins)] for number in range(7)]

    def hour(since_begin: float) -> float:
        return at_s + (since_begin + rng.uniform(-0.2, 0.2)) * HOUR_S

    _overflow(diary, at[0], Kind.KITCHEN, hour(1.2), hour(4.2))
    _sloppy(diary, at[1], hour(2.2), rng)
    _heat(diary, at[2], rng.choice((Kind.OTHER, Kind.RECYCLABLE)), hour(3.4))
    _battery(diary, at[3], 26.0, hour(0.3), at_s + 9 * HOUR_S)
    _fault(diary, at[4], hour(5.0), hour(8.0))
    _overflow(diary, at[5], Kind.RECYCLABLE, hour(12.5), at_s + 26 * HOUR_S)
    _battery(diary, at[6], 26.0, hour(12.0), at_s + 29 * HOUR_S)
    _camera(diary, at_s, rng)


def _overflow(diary: Planner, device: str, kind: Kind, full_s: float, emptied_s: float) -> None:
    inside = diary.bins[device].compartments[kind.value]

    def fill(_: float) -> None:
        diary.kept_full.add((device, kind.value))
        inside.fill_to(97.0)

    def empty(_: float) -> None:
        diary.kept_full.discard((device, kind.value))
        inside.empty()

    diary.plan(full_s, fill)
    diary.plan(emptied_s, empty)


def _heat(diary: Planner, device: str, kind: Kind, at_s: float) -> None:
    inside = diary.bins[device].compartments[kind.value]

    def warm(heat_c: float) -> None:
        inside.heat_c = heat_c

    for step, heat_c in enumerate(HEAT_STEPS):
        diary.plan(at_s + step * HOUR_S / 2, lambda _, heat_c=heat_c: warm(heat_c))  # type: ignore[misc]


def _battery(diary: Planner, device: str, pct: float, at_s: float, replaced_s: float) -> None:
    """A cold night took most of the battery; somebody brings a new one, later."""
    state = diary.bins[device]
    diary.plan(at_s, lambda now_s: state.set_battery(pct, 2.4, now_s))
    diary.plan(replaced_s, lambda now_s: state.set_battery(98.0, 0.1, now_s))


def _sloppy(diary: Planner, device: str, at_s: float, rng: random.Random) -> None:
    """A household clears out its drawers, and all of it goes into the kitchen waste, though it is hazardous.

    Two hours later a volunteer stands at the bin, and what comes then is sorted well.
    """
    near = [household for household in diary.place.households if household.nearest == device]
    who: Household = rng.choice(near or list(diary.place.households))
    item = GRAVE if GRAVE in diary.items else rng.choice(diary.items)
    wrong = Kind.KITCHEN if diary.profile.items[item] is not Kind.KITCHEN else Kind.RECYCLABLE
    for number in range(SLOPPY_DEPOSITS):
        when = at_s + number * 0.1 * HOUR_S
        diary.plan(when, lambda now_s: diary.throw(now_s, who, item, wrong.value, device))
    careful = CAREFUL if CAREFUL in diary.items else item
    right = diary.profile.items[careful]
    for number in range(CAREFUL_DEPOSITS):
        when = at_s + (2 + number * 0.07) * HOUR_S
        neighbour = rng.choice(near or list(diary.place.households))
        diary.plan(
            when,
            lambda now_s, who=neighbour: diary.throw(now_s, who, careful, right.value, device),  # type: ignore[misc]
        )


def _fault(diary: Planner, device: str, at_s: float, mended_s: float) -> None:
    part = Broke(at_s, device, "scale", active=True, detail="no answer", compartment=Kind.HAZARDOUS.value)
    diary.plan(at_s, lambda _: part)
    diary.plan(mended_s, lambda now_s: replace(part, at_s=now_s, active=False, detail=""))


def _camera(diary: Planner, at_s: float, rng: random.Random) -> None:
    left = [item for item in ("cardboard", "textile") if item in diary.items] or [diary.items[0]]
    scenes = (
        (2.0, rng.choice(left)), (3.0, EMPTY),
        (6.0, "bag"), (9.0, EMPTY),
        (13.0, COVERED), (14.5, EMPTY),
        (15.5, rng.choice(left)), (22.0, EMPTY),
    )  # fmt: skip
    for hours, what in scenes:
        shown = Shown(what, rng.randrange(1 << 20))
        diary.plan(at_s + hours * HOUR_S, lambda _, shown=shown: setattr(diary, "scene", shown))  # type: ignore[misc]
