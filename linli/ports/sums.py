"""What the operational store sums for a reader."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountRow:
    """Deposits and kilograms summed over one group of the compliance counts ("" where not grouped by it)."""

    community: str
    building: str
    household: str
    kind: str
    day: str
    outcome: str
    deposits: int
    weight_kg: float


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """The counts of LedgerRow over many epochs, and how many numbers are missing."""

    received: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    late: int = 0
    missing: int = 0
