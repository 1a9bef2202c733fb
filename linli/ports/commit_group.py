"""What ingest commits at once."""

from collections import Counter
from dataclasses import dataclass, field

from linli.ports.alert_rows import AlertChange, AlertRow, SlotRow
from linli.ports.rows import (
    CountRow,
    DeadLetter,
    DepositRow,
    DeviceRow,
    EventRow,
    HourRow,
    LedgerRow,
    LiveChange,
    PhotoRow,
    PlaceRow,
)


@dataclass(slots=True)
class CommitGroup:
    """Everything one commit writes: all of it, or nothing."""

    events: list[EventRow] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    places: list[PlaceRow] = field(default_factory=list)
    """Each replaces what is stored of its place."""
    hours: list[HourRow] = field(default_factory=list)
    """Sums of hours that are no place's open one (any more): added to what is stored of them."""
    deposits: list[DepositRow] = field(default_factory=list)
    counts: list[CountRow] = field(default_factory=list)
    slots: list[SlotRow] = field(default_factory=list)
    alerts: list[AlertRow] = field(default_factory=list)
    alert_changes: list[AlertChange] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)
    photos: list[PhotoRow] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Of what else was refused, only how often, by reason."""
    changes: list[LiveChange] = field(default_factory=list)
    rewrite: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of event ids (inclusive) that the forwarder must write (again)."""
    housed: list[tuple[int, str]] = field(default_factory=list)
    """(event id, building) of kept events whose device has been accepted since."""

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)
