"""How well people sort: accuracy with its interval, participation, and what counts as enough evidence."""

import math
from dataclasses import dataclass

from linli.waste import Outcome

ENOUGH_JUDGED = 20
"""Judged deposits below which no accuracy is stated: at 20 the interval is still 40 points wide."""
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Tally:
    """Deposits by outcome. `missed_recycling` was judged and is not correct, though it blames nobody."""

    correct: int = 0
    missorted: int = 0
    missed_recycling: int = 0
    unsure: int = 0

    @property
    def judged(self) -> int:
        """Deposits about which something was said."""
        return self.correct + self.missorted + self.missed_recycling

    @property
    def deposits(self) -> int:
        """All deposits."""
        return self.judged + self.unsure

    def plus(self, outcome: Outcome, n: int = 1) -> "Tally":
        """The tally with `n` more of `outcome`."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values[outcome.value] += n
        return Tally(**values)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """投放准确率: correct / judged, 0..1, with the bounds of its 95 % interval.

    `value`, `low` and `high` are None when there is not enough evidence.
    """

    value: float | None
    low: float | None
    high: float | None
    judged: int
    enough: bool


def accuracy(tally: Tally) -> Accuracy:
    """The sorting accuracy of a tally, as a sample of what people do."""
    if tally.judged < ENOUGH_JUDGED:
        return Accuracy(None, None, None, tally.judged, enough=False)
    low, high = wilson(tally.correct, tally.judged)
    return Accuracy(tally.correct / tally.judged, low, high, tally.judged, enough=True)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson, JASA 22, 1927). `trials` >= 1."""
    p, z2 = successes / trials, Z_95 * Z_95
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 / (1 + z2 / trials) * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def participation(households_seen: int, registered: int) -> float | None:
    """参与率: households with a valid deposit / registered households; None when none are registered."""
    return min(1.0, households_seen / registered) if registered > 0 else None
