"""The state of the bins in simulated time: how full, how heavy, how warm, and what their batteries hold."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from linli.waste import Kind
from simulators.neighbourhood import COMPARTMENTS

HOUR_S = 3_600.0
LEAST_KG = 3.0
FULL_DAYS: Mapping[Kind, float] = {
    Kind.RECYCLABLE: 1.7,
    Kind.HAZARDOUS: 12.0,
    Kind.KITCHEN: 1.7,
    Kind.OTHER: 1.7,
}
"""After how many average days a compartment is full: they are sized for their building."""


@dataclass(slots=True)
class CompartmentState:
    """What is in a compartment. `heat_c` comes on top of the air's temperature, °C."""

    capacity_kg: float
    weight_kg: float
    heat_c: float = 0.0

    @property
    def fill_pct(self) -> float:
        """How full it is."""
        return min(100.0, 100 * self.weight_kg / self.capacity_kg)

    def empty(self) -> None:
        """The lorry was here."""
        self.weight_kg = 0.0

    def fill_to(self, pct: float) -> None:
        """Somebody tipped a sack over the top."""
        self.weight_kg = max(self.weight_kg, self.capacity_kg * pct / 100)


@dataclass(slots=True)
class BinState:
    """A bin. `drain_pct` is what its battery loses in an hour, %."""

    battery_pct: float
    drain_pct: float
    signal_dbm: float
    compartments: dict[str, CompartmentState] = field(default_factory=dict)
    battery_at_s: float = 0.0

    def battery(self, at_s: float) -> float:
        """What the battery holds now, %. It keeps a little, or nothing more would be heard of the bin."""
        lost = self.drain_pct * (at_s - self.battery_at_s) / HOUR_S
        return max(3.0, self.battery_pct - lost)

    def set_battery(self, pct: float, drain_pct: float, at_s: float) -> None:
        """From now on it holds so much and loses so much."""
        self.battery_pct, self.drain_pct, self.battery_at_s = pct, drain_pct, at_s


def make_bin(rng: random.Random, daily_kg: Mapping[Kind, float]) -> BinState:
    """A bin as the demonstration finds it, sized for what its households throw in on a day, kg."""
    state = BinState(rng.uniform(55, 100), rng.uniform(0.05, 0.2), rng.uniform(-95, -65))
    for name, kind in COMPARTMENTS.items():
        capacity = max(LEAST_KG, daily_kg[kind] * FULL_DAYS[kind])
        state.compartments[name] = CompartmentState(capacity, capacity * rng.uniform(0.04, 0.4))
    return state


def air_c(hour: float) -> float:
    """The air's temperature at this hour of the day, °C: coolest towards five, warmest at three."""
    return 18 - 6 * math.cos((hour - 3) / 24 * 2 * math.pi)


def readings(
    state: BinState, at_s: float, hour: float, rng: random.Random
) -> dict[str | None, dict[str, float]]:
    """What the sensors of a bin say now, with the noise that sensors have."""
    values: dict[str | None, dict[str, float]] = {
        None: {
            "battery_pct": round(state.battery(at_s), 1),
            "signal_dbm": round(state.signal_dbm + rng.gauss(0, 2)),
        }
    }
    for name, inside in state.compartments.items():
        rotting = 4.0 * inside.fill_pct / 100 if name == Kind.KITCHEN else 1.0
        values[name] = {
            "fill_pct": round(min(100.0, max(0.0, inside.fill_pct + rng.gauss(0, 0.4))), 1),
            "weight_kg": round(inside.weight_kg, 2),
            "temperature_c": round(air_c(hour) + rotting + inside.heat_c + rng.gauss(0, 0.3), 1),
        }
    return values
