"""What ingest remembers of the store, so that it need not ask at each event.

The store is the truth. Memory changes only by `adopt`, after a commit; when a commit failed it is forgotten
and read again. Ledgers and rule states are loaded when they are needed, and those that were not needed for
longest are let go; devices are all held.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from msgspec import Struct

from ingest.letters import Room
from ingest.sites import Site, sites
from linli.alerts.evaluate import is_quiet
from linli.alerts.state import AlertKind, State
from linli.ports.alert_rows import AlertRow, SlotRow
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DeviceKey, IngestStore
from linli.ports.rows import DeviceRow, LedgerRow, PlaceRow
from linli.seqs import SeqSet

LedgerKey = tuple[str, str, str]
"""(community, device, epoch)"""
Place = tuple[str, AlertKind]
"""(compartment, kind) of a rule's state within a device"""

LEDGERS_MAX = 25_000
STATES_MAX_DEVICES = 25_000
"""A device's ledger and states take 5 KB; with more devices than this, a batch may cost two reads."""
PRESENCE_KINDS = (AlertKind.OFFLINE, AlertKind.MUTE)


class Seen(Struct, gc=False):
    """When a device was last heard and last sent an event, ms UTC; fresher than what is stored of it.

    `since_ms`: when it last said that it is online, 0 when that was before ingest started.
    """

    heard_ms: int
    events_ms: int
    since_ms: int = 0


class _State(Struct):
    """What is known of one device: the state of its rules, and its places by compartment."""

    slots: dict[Place, SlotRow]
    places: dict[str, PlaceRow]


class Memory:
    """The store as far as it is needed. Every reading method may raise StoreUnavailable."""

    def __init__(self, store: IngestStore, holds: Callable[[str], bool] = lambda _: True) -> None:
        """`holds` says of a community whether its devices are ours."""
        self._store = store
        self._holds = holds
        self.loaded = False
        self.loads = 0
        """How often all was read: whoever keeps something of it looks whether there was another."""
        self.version = 0
        self.sites: dict[str, Site] = {}
        self.devices: dict[DeviceKey, DeviceRow] = {}
        self.seen: dict[DeviceKey, Seen] = {}
        self.unhoused: set[DeviceKey] = set()
        """Accepted devices whose kept events are not folded yet: until then new ones are kept too, in
        order.
        """
        self.wrong_clocks: set[DeviceKey] = set()
        """Devices of which a clock alert is firing or held: their batches are all looked at."""
        self.absent: set[DeviceKey] = set()
        """Devices of which an offline or mute alert is firing or held."""
        self.letters = Room()
        self._ledgers: OrderedDict[LedgerKey, LedgerRow] = OrderedDict()
        self._states: OrderedDict[DeviceKey, _State] = OrderedDict()

    def load(self) -> None:
        """Read everything anew."""
        self.forget()
        self.version = self._store.operator_version()  # before the rest: what changes meanwhile is seen
        found = sites(self._store.communities())
        self.sites = {name: site for name, site in found.items() if self._holds(name)}
        self.devices = {
            (row.community, row.id): row for row in self._store.devices() if self._holds(row.community)
        }
        self._see()
        self.unhoused = {key for key in self._store.unhoused_devices() if self._holds(key[0])}
        self._find_absent()
        self.loads += 1
        self.loaded = True

    def forget(self) -> None:
        """After a failure nobody knows what was written: believe nothing."""
        self.loaded = False
        self._ledgers.clear()
        self._states.clear()

    def _see(self) -> None:
        for key, row in self.devices.items():
            if key not in self.seen:  # what we have seen is as new, and goes by the clock as it is now
                self.seen[key] = Seen(row.heard_ms, row.events_ms)

    def move(self, by_ms: int, now_ms: int) -> None:
        """Our own clock was set by so much: what was by the old one is at other times."""
        for key, row in self.devices.items():
            wakes_ms = row.wakes_ms + by_ms if row.wakes_ms is not None else None
            if row.first_ms > now_ms or wakes_ms is not None:
                self.devices[key] = replace(row, first_ms=min(row.first_ms, now_ms), wakes_ms=wakes_ms)
        for seen in self.seen.values():
            seen.heard_ms, seen.events_ms, seen.since_ms = (
                min(at + by_ms, now_ms) if at else 0 for at in (seen.heard_ms, seen.events_ms, seen.since_ms)
            )

    def _find_absent(self) -> None:
        self.absent.clear()
        self.wrong_clocks.clear()
        for slot in self._store.slots_of((AlertKind.CLOCK,)):
            self._note_clock(slot)
        for slot in self._store.slots_of(PRESENCE_KINDS):
            row = self.devices.get((slot.community, slot.device))
            if row is not None and row.accepted and row.heard_ms:
                self._note_presence(slot)

    def _note_clock(self, slot: SlotRow) -> None:
        device = (slot.community, slot.device)
        if slot.alert.state is State.FIRING or slot.alert.held:
            self.wrong_clocks.add(device)
        else:
            self.wrong_clocks.discard(device)

    def _note_presence(self, slot: SlotRow) -> None:
        if slot.kind in PRESENCE_KINDS and (slot.alert.state is State.FIRING or slot.alert.held):
            self.absent.add((slot.community, slot.device))

    def fetch_ledgers(self, keys: Iterable[LedgerKey]) -> None:
        """Make sure that these ledgers are here; one never heard of is an empty one."""
        lacking = _lacking(keys, self._ledgers)
        if not lacking:
            return
        for key in lacking:
            self._ledgers[key] = LedgerRow(*key, SeqSet())
        try:
            for row in self._store.ledgers(lacking):
                self._ledgers[row.community, row.device, row.epoch] = row
        except BaseException:
            for key in lacking:
                del self._ledgers[key]
            raise

    def ledger(self, key: LedgerKey) -> LedgerRow:
        """The ledger as it is committed. Not to be changed."""
        row = self._ledgers.get(key)
        if row is None:
            self.fetch_ledgers([key])
            row = self._ledgers[key]
        return row

    def fetch_states(self, keys: Iterable[DeviceKey]) -> None:
        """Make sure that the rule states and the places of these devices are here."""
        lacking = _lacking(keys, self._states)
        if not lacking:
            return
        slots, places = self._store.slots(lacking), self._store.places(lacking)
        for key in lacking:
            self._states[key] = _State({}, {})
        for slot in slots:
            self._states[slot.community, slot.device].slots[slot.compartment, slot.kind] = slot
        for place in places:
            self._states[place.community, place.device].places[place.compartment] = place

    def slot(self, device: DeviceKey, place: Place) -> SlotRow | None:
        """The state of one rule; None before it has one."""
        return self._state(device).slots.get(place)

    def is_quiet(self, device: DeviceKey, compartment: str) -> bool:
        """Whether of no rule anything has begun at one place of a device."""
        slots = self._state(device).slots
        return not slots or all(is_quiet(slot.alert) for (at, _), slot in slots.items() if at == compartment)

    def place(self, device: DeviceKey, compartment: str) -> PlaceRow | None:
        """A place as it is committed; None before its first reading. Not to be changed."""
        return self._state(device).places.get(compartment)

    def _state(self, device: DeviceKey) -> "_State":
        state = self._states.get(device)
        if state is None:
            self.fetch_states([device])
            state = self._states[device]
        return state

    def alert_row(self, alert_id: str) -> AlertRow | None:
        """An alert as it is stored."""
        rows = self._store.alert_rows([alert_id])
        return rows[0] if rows else None

    def adopt(self, group: CommitGroup, seen: dict[DeviceKey, Seen]) -> None:
        """Take over what has been committed."""
        for row in group.ledger:
            key = (row.community, row.device, row.epoch)
            self._ledgers[key] = row  # it was fetched, so it is among those used last
        for slot in group.slots:
            device = (slot.community, slot.device)
            self._state(device).slots[slot.compartment, slot.kind] = slot
            if slot.kind in PRESENCE_KINDS:
                self._update_absent(device)
            elif slot.kind is AlertKind.CLOCK:
                self._note_clock(slot)
        for place in group.places:
            self._state((place.community, place.device)).places[place.compartment] = place
        for each in group.devices:
            self.devices[each.community, each.id] = each
        self.seen.update(seen)
        while len(self._ledgers) > LEDGERS_MAX:
            self._ledgers.popitem(last=False)
        while len(self._states) > STATES_MAX_DEVICES:
            self._states.popitem(last=False)

    def _update_absent(self, device: DeviceKey) -> None:
        self.absent.discard(device)
        for kind in PRESENCE_KINDS:
            slot = self._state(device).slots.get(("", kind))
            if slot is not None:
                self._note_presence(slot)


K = TypeVar("K")


def _lacking(keys: Iterable[K], held: "OrderedDict[K, Any]") -> list[K]:
    """The keys that are not held; those that are have been used now."""
    lacking = []
    for key in dict.fromkeys(keys):
        if key in held:
            held.move_to_end(key)
        else:
            lacking.append(key)
    return lacking
