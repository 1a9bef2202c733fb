"""The suite judges itself: every weakened linli must be caught, by the words that are its own."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from tests.faults.crew import carried_out
from tests.faults.plan import Plan
from tests.faults.run import Result
from tests.faults.weakened import WEAK

TRIES = 4
"""Seeds for each: where a kill falls is chance, and one miss is no blindness."""


class Verdict(Struct, frozen=True):
    """`caught_by`: the accusation that names it; "" when nothing did in so many `tries`."""

    name: str
    caught_by: str
    tries: int
    last: Result


def judged(names: Sequence[str], jobs: int) -> Iterator[Verdict]:
    """Each weakened linli, as soon as it is caught or its tries are over."""
    at_large = set(names)
    for tries in range(1, TRIES + 1):
        plans = [_plan(name, tries) for name in names if name in at_large]
        for result in carried_out(plans, jobs):
            name = result.plan.weak
            caught = next((said for said in result.accusations if said.startswith(WEAK[name].by)), "")
            if caught or tries == TRIES:
                at_large.remove(name)
                yield Verdict(name, caught, tries, result)


def unweakened(names: Sequence[str]) -> list[Plan]:
    """The same plans for linli as it is: none of them may accuse it."""
    return [msgspec.structs.replace(_plan(name, 1), weak="") for name in names]


def _plan(name: str, tries: int) -> Plan:
    plan = WEAK[name].plan
    return msgspec.structs.replace(plan, seed=plan.seed + 1_000 * (tries - 1))
