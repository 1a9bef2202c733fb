"""What Shanghai's rules say of a deposit, in this suite's own words."""

from typing import Any

from tests.faults.happenings import ITEMS


def verdict(deposit: dict[str, Any]) -> str:
    """correct, missed_recycling, missorted or unsure."""
    if "unsure" in deposit:
        return "unsure"
    chosen, seen = deposit["compartment"], ITEMS[deposit["item"]]
    if chosen == seen:
        return "correct"
    return "missed_recycling" if (chosen, seen) == ("other", "recyclable") else "missorted"
