"""A weakness: a small patch that a child process puts on itself, and the plan in which it must be named."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tests.faults.plan import Fault, Plan

Patch = Callable[[], None]


class Weakness(Struct, frozen=True):
    """`process`: whose it is. `plan`: where it ought to be caught, `by` which words."""

    process: str
    patch: Patch
    plan: Plan
    by: tuple[str, ...]


WEAK: dict[str, Weakness] = {}


def weak(
    name: str,
    process: str,
    *faults: Fault,
    by: tuple[str, ...],
    **plan_is: Any,
) -> Callable[[Patch], Patch]:
    def add(patch: Patch) -> Patch:
        plan = Plan(len(WEAK) + 1, faults=faults, weak=name, **plan_is)
        WEAK[name] = Weakness(process, patch, plan, by)
        return patch

    return add
