"""One commit group in the making: what is read comes from memory, what is written stays here until the
commit.

So a commit that fails has changed nothing that ingest believes.
"""

import hashlib
from collections import Counter
from dataclasses import replace
from operator import itemgetter

import msgspec
from msgspec import Struct

from ingest.memory import LedgerKey, Memory, Place, Seen
from ingest.openplace import OpenPlace
from linli.alerts.state import Alert
from linli.messages import RefusedSeq
from linli.ports.alert_rows import AlertRow, SlotRow
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import DeviceKey
from linli.ports.rows import CountRow, DeadLetter, DeviceRow, LedgerRow, LiveChange
from linli.refusal import Refusal
from linli.seqs import SeqSet
from linli.timing.clock import DeviceClock

RAW_MAX_BYTES = 4_096
TOPIC_MAX_CHARS = 512
HEARD_WRITTEN_EVERY_MS = 30_000
"""When a device was last heard is written at most this often: it is no reason for a row with each event."""

_NO_ALERT = Alert()

CountKey = tuple[str, str, str, str, str, str]


class OpenLedger(Struct):
    """A ledger while events are added to it."""

    row: LedgerRow
    settled: SeqSet
    received: int
    duplicate: int
    dead: int
    dropped: int
    late: int
    clock: DeviceClock


class Answer(Struct):
    """What the next receipt of one device and epoch has to say beside the ledger."""

    photos: list[str]
    refused: list[RefusedSeq]


NOTHING_BESIDE = Answer([], [])
"""As nearly all are: one for all of them, and never added to."""


class Draft:
    """Made for one commit, from `memory`, at `now_ms`."""

    def __init__(self, memory: Memory, now_ms: int) -> None:
        self.memory = memory
        self.now_ms = now_ms
        self.group = CommitGroup()
        self.answers: dict[LedgerKey, Answer] = {}
        self.counted: Counter[str] = Counter()
        """For the metrics, once it is committed."""
        self.refused: Counter[Refusal] = Counter()
        self.letters: list[DeadLetter] = self.group.dead_letters
        self._letters_max = memory.letters.left(now_ms)
        self.photos: set[str] = set()
        self._ledgers: dict[LedgerKey, OpenLedger] = {}
        self._places: dict[DeviceKey, dict[str, OpenPlace]] = {}
        self._slots: dict[tuple[DeviceKey, Place], SlotRow] = {}
        self._devices: dict[DeviceKey, DeviceRow] = {}
        self._alerts: dict[str, AlertRow] = {}
        self._counts: dict[CountKey, tuple[int, float]] = {}
        self.seen: dict[DeviceKey, Seen] = {}

    def ledger(self, key: LedgerKey) -> OpenLedger:
        """The ledger of one device and epoch, to be added to."""
        ledger = self._ledgers.get(key)
        if ledger is None:
            row = self.memory.ledger(key)
            ledger = OpenLedger(
                row,
                row.settled.copy(),
                row.received,
                row.duplicate,
                row.dead,
                row.dropped,
                row.late,
                row.clock,
            )
            self._ledgers[key] = ledger
        return ledger

    def settle(self, key: LedgerKey) -> None:
        """Have a receipt sent for this device and epoch."""
        if key not in self.answers:
            self.answers[key] = NOTHING_BESIDE

    def answer(self, key: LedgerKey) -> Answer:
        """The same; to say more in it."""
        answer = self.answers.get(key)
        if answer is None or answer is NOTHING_BESIDE:
            answer = self.answers[key] = Answer([], [])
        return answer

    def device(self, key: DeviceKey) -> DeviceRow | None:
        """The device as it will be after this commit."""
        return self._devices.get(key) or self.memory.devices.get(key)

    def put_device(self, row: DeviceRow) -> None:
        """Write a device's row and tell the pages."""
        self._devices[row.community, row.id] = row
        body = {
            "community": row.community,
            "device": row.id,
            "state": row.state,
            "accepted": row.accepted,
        }
        self.tell(row.community, "device", row.id, body)

    def home(self, key: DeviceKey) -> DeviceRow | None:
        """The device when its events can be folded: it is accepted, and nothing older of it still waits."""
        row = self.device(key)
        return row if row is not None and row.accepted and key not in self.memory.unhoused else None

    def place(self, device: DeviceKey, compartment: str) -> OpenPlace:
        """A place of a device ("" for the device itself), to be added to."""
        places = self._places.get(device)
        if places is None:
            places = self._places[device] = {}
        place = places.get(compartment)
        if place is None:
            known, quiet = self.memory.place(device, compartment), self.memory.is_quiet(device, compartment)
            place = places[compartment] = OpenPlace(device, compartment, known, quiet=quiet)
        return place

    def slot(self, device: DeviceKey, place: Place) -> SlotRow:
        """The state of one rule at one place of a device."""
        slot = self._slots.get((device, place)) or self.memory.slot(device, place)
        return slot if slot is not None else SlotRow(*device, *place, _NO_ALERT)

    def put_slot(self, slot: SlotRow) -> None:
        """Write the state of a rule."""
        self._slots[(slot.community, slot.device), (slot.compartment, slot.kind)] = slot

    def alert(self, alert_id: str) -> AlertRow | None:
        """An alert as it will be after this commit."""
        return self._alerts.get(alert_id) or self.memory.alert_row(alert_id)

    def put_alert(self, row: AlertRow) -> None:
        """Write an alert and tell the pages."""
        self._alerts[row.id] = row
        self.tell(row.community, "alert", row.id, row)

    def count(self, key: CountKey, weight_kg: float) -> None:
        """Add one deposit to a compliance count."""
        deposits, weight = self._counts.get(key, (0, 0.0))
        self._counts[key] = (deposits + 1, weight + weight_kg)

    def tell(self, community: str, kind: str, key: str, body: object) -> None:
        """Add a change for the pages."""
        self.group.changes.append(LiveChange(community, kind, key, msgspec.json.encode(body), self.now_ms))

    def bury(self, topic: str, reason: Refusal, detail: str, raw: bytes, received_ms: int) -> None:
        """Keep something refused, cut to size and free of what a text column cannot hold; past the room for
        that, count it.
        """
        self.refused[reason] += 1
        if len(self.letters) >= self._letters_max:
            self.group.refused[reason.value] += 1
            return
        self.letters.append(
            DeadLetter(
                printable(topic)[:TOPIC_MAX_CHARS],
                reason.value,
                printable(detail)[:1_000],
                raw[:RAW_MAX_BYTES],
                hashlib.sha256(raw).hexdigest(),
                len(raw),
                received_ms,
            )
        )

    def close(self) -> CommitGroup:
        """The group with everything in it. Call it once."""
        group = self.group
        for key, ledger in self._ledgers.items():
            group.ledger.append(self._ledger_row(key, ledger))
        group.slots = list(self._slots.values())
        group.alerts = list(self._alerts.values())
        group.counts = [CountRow(*key, *sums) for key, sums in self._counts.items()]
        for device, places in sorted(self._places.items(), key=itemgetter(0)):
            for place in places.values():
                row, hours = place.close()
                group.places.append(row)
                if hours:
                    group.hours += hours
                if place.shown:
                    self.tell(device[0], "level", f"{device[1]}/{place.compartment}", place.news())
        self._write_heard()
        group.devices = list(self._devices.values())
        return group

    def _ledger_row(self, key: LedgerKey, ledger: OpenLedger) -> LedgerRow:
        return LedgerRow(
            *key,
            ledger.settled,
            ledger.received,
            ledger.duplicate,
            ledger.dead,
            ledger.dropped,
            ledger.late,
            ledger.row.first_ms or self.now_ms,
            self.now_ms,
            ledger.clock,
        )

    def _write_heard(self) -> None:
        for key, seen in self.seen.items():
            row = self.device(key)
            if row is not None and (
                key in self._devices or abs(seen.heard_ms - row.heard_ms) > HEARD_WRITTEN_EVERY_MS
            ):
                self._devices[key] = replace(row, heard_ms=seen.heard_ms, events_ms=seen.events_ms)

    def adopt(self) -> None:
        """It is committed: let memory know."""
        self.memory.letters.take(self.now_ms, len(self.letters))
        self.memory.adopt(self.group, self.seen)


def printable(text: str) -> str:
    """Text that any database takes: no NUL, no half of a surrogate pair."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
