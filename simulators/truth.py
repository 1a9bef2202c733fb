"""What truly happened: every number that was given out, and what was meant by it.

Truth comes from what the simulator asked the devices to record. Of the devices it takes the epoch and the
number, and nothing that was seen or judged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from linli.events import Event
from linli.verdict import judge
from linli.waste import Kind, Outcome, Profile
from simulators.happenings import BAG, Thrown
from simulators.neighbourhood import COMPARTMENTS
from simulators.oracle import Oracle

ALERTING = ("fill_pct", "temperature_c", "battery_pct")
"""The channels that can cause an alert; the truth needs no others."""


class Deposited(Struct, frozen=True, tag="deposited"):
    """A deposit, and what a perfect judge would say of it: one who sees what the photo shows."""

    device: str
    epoch: str
    seq: int
    compartment: str
    chosen: Kind
    item: str
    kind: Kind
    household: str
    outcome: Outcome


class Read(Struct, frozen=True, tag="read"):
    """Readings made together, in order, by (compartment, "" for the device's own; channels)."""

    device: str
    epoch: str
    seq: int
    values: list[tuple[str, dict[str, float]]]


class Kept(Struct, frozen=True, tag="kept", omit_defaults=True):
    """Events that are in the outbox, from number `seq` on, by kind; `photos` are their photos' hashes."""

    device: str
    epoch: str
    seq: int
    kinds: list[str]
    photos: list[str] = []


Entry = Deposited | Read | Kept


def deposited(profile: Profile, epoch: str, seq: int, thrown: Thrown) -> Deposited:
    """What is true of something thrown in. Nobody can judge what is in a closed bag."""
    chosen, kind = COMPARTMENTS[thrown.compartment], profile.items[thrown.item]
    if thrown.shown.what == BAG:
        outcome = Outcome.UNSURE
    else:
        outcome = judge(profile, chosen, thrown.item, kind, 1.0, None).outcome
    return Deposited(
        thrown.device, epoch, seq, thrown.compartment, chosen, thrown.item, kind, thrown.household, outcome
    )


def read(device: str, epoch: str, seq: int, values: Mapping[str | None, Mapping[str, float]]) -> Read:
    """What is true of a reading."""
    return Read(
        device,
        epoch,
        seq,
        [
            (compartment or "", {name: channels[name] for name in ALERTING if name in channels})
            for compartment, channels in values.items()
        ],
    )


def kept(device: str, epoch: str, events: Iterable[Event]) -> Kept:
    """What became of it: the events as the device returned them (at least one, numbered in a row)."""
    events = list(events)
    photos = [photo for event in events if (photo := getattr(event, "photo_sha256", None))]
    kinds = [type(event).__name__.lower() for event in events]
    return Kept(device, epoch, events[0].seq, kinds, photos)


@dataclass(slots=True)
class Faults:
    """What the simulator did on purpose: events sent again, garbage sent, and who was away when (ms)."""

    duplicates: int = 0
    malformed: int = 0
    offline: list[dict[str, str | int]] = field(default_factory=list)


class Truth:
    """Grows by one entry at a time. `given` is the last number given out, by device."""

    def __init__(
        self, seed: int, community: str, pictures: Literal["drawn", "real"], started_ms: int
    ) -> None:
        self.seed = seed
        self.community = community
        self.pictures = pictures
        self.started_ms = started_ms
        self.kinds: Counter[str] = Counter()
        self.given: dict[str, int] = {}
        self.epochs: dict[str, str] = {}
        self.deposits: list[Deposited] = []
        self.oracle = Oracle()
        self.faults = Faults()
        self._photos: set[str] = set()

    @property
    def events(self) -> int:
        """All numbers given out."""
        return self.kinds.total()

    def device(self, name: str, epoch: str) -> None:
        """There is such a device."""
        self.epochs[name] = epoch
        self.given.setdefault(name, 0)

    def add(self, came: Kept, intent: Deposited | Read | None = None) -> None:
        """Events were kept. `intent` is what was meant by them: an event that no receiver would take was kept
        as a fault, and then it was not that.
        """
        self.given[came.device] = came.seq + len(came.kinds) - 1
        self.kinds.update(came.kinds)
        self._photos.update(came.photos)
        match intent:
            case Deposited() if came.kinds == ["deposit"]:
                self.deposits.append(intent)
            case Read():
                for kind, (compartment, channels) in zip(came.kinds, intent.values, strict=True):
                    if kind == "telemetry":
                        self.oracle.tell(intent.device, compartment, channels)

    def document(self, ended_ms: int, *, drained: bool) -> dict[str, object]:
        """The truth file, as deploy reads it; `faults` is what was done on purpose."""
        kinds = ("telemetry", "deposit", "observation", "fault")
        return {
            "seed": self.seed,
            "community": self.community,
            "started_ms": self.started_ms,
            "ended_ms": ended_ms,
            "pictures": self.pictures,
            "drained": drained,
            "devices": {
                name: {"epoch": epoch, "events": self.given[name]} for name, epoch in self.epochs.items()
            },
            "events": {kind: self.kinds[kind] for kind in kinds} | {"total": self.events},
            "photos": len(self._photos),
            "alerts": [
                {
                    "device": device,
                    "compartment": compartment,
                    "kind": kind,
                    "fired": count.fired,
                    "resolved": count.resolved,
                }
                for device, compartment, kind, count in self.oracle
            ],
            "deposits": [_plain(deposit) for deposit in self.deposits],
            "faults": {
                "duplicates": self.faults.duplicates,
                "malformed": self.faults.malformed,
                "offline": self.faults.offline,
            },
        }


def write(path: Path, document: Mapping[str, object]) -> None:
    """Replace the file whole, or leave it as it was. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
    new.replace(path)


def _plain(deposit: Deposited) -> dict[str, object]:
    return {name: getattr(deposit, name) for name in deposit.__struct_fields__}
