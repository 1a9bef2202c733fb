"""The operational store, from three sides: ingest commits, the API reads, an operator acts.

Every method may raise StoreUnavailable. Implementations are in `stores`, one contract suite runs over them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from linli.alerts.state import AlertKind
from linli.inventory import Community, Inventory
from linli.ports.alert_rows import AlertChange, AlertRow, SlotRow
from linli.ports.claims import Claims
from linli.ports.commit_group import CommitGroup
from linli.ports.commits import Commits
from linli.ports.forwarding import ForwardStore
from linli.ports.rows import (
    CountRow,
    CurrentRow,
    DeadLetter,
    DepositRow,
    DeviceRow,
    EventRow,
    LedgerRow,
    LedgerSum,
    LedgerTotal,
    LiveChange,
    PlaceRow,
)

DeviceKey = tuple[str, str]
"""(community, device)"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of a channel over time; `at_ms` is the start when it stands for an interval."""

    at_ms: int
    value: float


class IngestStore(ForwardStore, Claims, Protocol):
    """What ingest needs. Nothing but the owner (Claims) writes these rows, but for the operator's part."""

    def seed(self, inventory: Inventory, now_ms: int) -> None:
        """Make the inventory's communities, buildings and devices known; accepted devices stay accepted."""

    def operator_version(self) -> int:
        """Grows with everything an operator changes (accepting a device, resolving an alert)."""

    def communities(self) -> dict[str, Community]:
        """All communities with their buildings."""

    def devices(self) -> list[DeviceRow]:
        """Every device that is known or has spoken, with its presence."""

    def ledgers(self, keys: Iterable[tuple[str, str, str]]) -> list[LedgerRow]:
        """The ledgers of these (community, device, epoch); those never heard of are absent."""

    def slots(self, devices: Iterable[DeviceKey]) -> list[SlotRow]:
        """The rule states of these devices."""

    def slots_of(self, kinds: Iterable[AlertKind]) -> list[SlotRow]:
        """Every rule state of these kinds."""

    def places(self, devices: Iterable[DeviceKey]) -> list[PlaceRow]:
        """What is known of the places of these devices."""

    def commit(self, group: CommitGroup, operator_version: int) -> None:
        """Write all of the group in one durable transaction, or nothing.

        Raises StaleState when the operator's version is no longer this one, StoreRefused when it will
        never take this group, StoreUnavailable when it cannot now.
        """

    def rehearse(self, group: CommitGroup, operator_version: int) -> None:
        """Raise what `commit` would raise before its end, and change nothing."""

    def alert_rows(self, ids: Iterable[str]) -> list[AlertRow]:
        """These alerts as they are now; those that do not exist are absent."""

    def unhoused(self, device: DeviceKey, after: tuple[int, int], limit: int) -> list[EventRow]:
        """Kept events of a device stored while it was unknown, by (placed_ms, id) past `after`."""

    def unhoused_devices(self) -> list[DeviceKey]:
        """Accepted devices that still have kept events without a building."""

    def events_after(self, event_id: int, limit: int) -> list[EventRow]:
        """Stored events in order of their ids, past this one."""

    def photos_known(self, hashes: Iterable[str]) -> set[str]:
        """Those of these photos that are recorded."""

    def reports(self) -> dict[str, tuple[bytes, int]]:
        """What the parts of ingest last said of themselves: name -> (JSON, when)."""


@dataclass(frozen=True, slots=True)
class DepositQuery:
    """Which deposits: all conditions hold; None and "" mean any. Newest first, `before` is an event id."""

    community: str = ""
    building: str = ""
    device: str = ""
    household: str = ""
    outcome: str = ""
    day: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class StoredDeposit:
    """A deposit with the id it is paged by."""

    id: int
    deposit: DepositRow


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which alerts: all conditions hold; "" means any. Newest first; `before` is (fired_ms, id)."""

    community: str = ""
    building: str = ""
    device: str = ""
    kind: str = ""
    state: str = ""
    before: tuple[int, str] | None = None
    limit: int = 100


class Reader(Protocol):
    """What the API reads. Safe to call from several threads."""

    def communities(self) -> dict[str, Community]:
        """All communities with their buildings."""

    def inventory(self) -> Inventory:
        """All communities and accepted devices."""

    def devices(self, community: str = "") -> list[DeviceRow]:
        """Devices, unknown ones too."""

    def current(self, community: str = "", device: str = "") -> list[CurrentRow]:
        """The newest value of every channel at every place."""

    def deposits(self, query: DepositQuery) -> list[StoredDeposit]:
        """A page of deposits."""

    def photos_known(self, hashes: Iterable[str]) -> set[str]:
        """Those of these photos that are recorded (their files are then in the photo store)."""

    def compartments_heard(self, community: str, device: str = "") -> dict[str, list[str]]:
        """The compartments that unknown devices have named in what they sent last, sorted.

        By device; one that named none is absent. Bounded: some devices, and the newest events of each.
        """

    def alerts(self, query: AlertQuery) -> list[AlertRow]:
        """A page of alerts."""

    def alert(self, alert_id: str) -> tuple[AlertRow, list[AlertChange]]:
        """An alert and its timeline. Raises NotFound."""

    def counts(
        self, community: str, by: Sequence[str], first_day: str = "", last_day: str = ""
    ) -> list[CountRow]:
        """Compliance counts summed by outcome and by these of building, household, kind, day."""

    def households_seen(self, community: str, first_day: str = "", last_day: str = "") -> dict[str, int]:
        """Different households with a judged deposit, by building ("" for the community as a whole)."""

    def ledger(
        self,
        community: str = "",
        device: str = "",
        after: tuple[str, str, str] = ("", "", ""),
        limit: int | None = None,
    ) -> list[LedgerRow]:
        """What was received of each epoch of each device, in order of (community, device, epoch)."""

    def ledger_sum(self, community: str = "", device: str = "") -> LedgerSum:
        """The same, summed over all of them."""

    def ledger_of_devices(
        self, community: str = "", device: str = "", after: DeviceKey = ("", ""), limit: int | None = None
    ) -> list[LedgerTotal]:
        """The same, summed by device, in order of (community, device)."""

    def ledger_of_communities(self) -> list[LedgerTotal]:
        """The same, summed by community."""

    def ledger_worst(self, community: str, limit: int) -> list[LedgerTotal]:
        """By device: those that lost most first, then those of which most was refused, then by name."""

    def dead_letters(self, before: int | None = None, limit: int = 100, reason: str = "") -> list[DeadLetter]:
        """What was refused, newest first."""

    def dead_letter_counts(self) -> dict[str, int]:
        """How many messages and events were refused, by reason, repeats counted."""

    def reports(self) -> dict[str, tuple[bytes, int]]:
        """What the parts of ingest last said of themselves: name -> (JSON, when)."""

    def changes_after(self, number: int, limit: int, community: str = "") -> list[LiveChange]:
        """Live changes past this number, in order."""

    def change_bounds(self) -> tuple[int, int]:
        """The smallest and the largest number of a live change that is still kept; (0, 0) when none is."""

    def commits(self) -> Commits:
        """Word of what is committed, so that live changes need not be asked for again and again."""

    def totals(self) -> dict[str, int]:
        """Rows in all: events, deposits, photos, dead_letters, alerts_firing, devices, devices_unknown."""

    def forward_lag(self) -> int:
        """As IngestStore's: one number for both."""


class Operator(Protocol):
    """What a person may change."""

    def accept(self, device: DeviceRow, by: str, at_ms: int) -> None:
        """Say where a device stands. Raises NotFound for a community or building that is none."""

    def acknowledge(self, alert_id: str, by: str, at_ms: int) -> AlertRow:
        """Somebody has seen it. Again by anyone changes nothing. Raises NotFound."""

    def resolve(self, alert_id: str, by: str, at_ms: int) -> AlertRow:
        """Somebody says it is over; its rule holds until the readings have cleared.

        Raises NotFound, and Conflict when it is not firing.
        """
