"""The rows that cross the operational store's port. All times are ms UTC, all ids as on the wire.

Rows that come by the thousand are msgspec's structs: a frozen dataclass takes ten times as long to make.
"""

from dataclasses import dataclass, field

from msgspec import Struct

from linli.seqs import SeqSet
from linli.timing.clock import DeviceClock


class EventRow(Struct, frozen=True, gc=False):
    """A stored event. `body` is its JSON as decoded; `building` is "" while the device is unknown.

    `id` (0 before it is stored) grows with the order of commits: the forwarder's cursor runs over it.
    """

    community: str
    device: str
    epoch: str
    seq: int
    kind: str
    placed_ms: int
    placed_reason: str
    received_ms: int
    building: str
    body: bytes
    id: int = 0


class LedgerRow(Struct, frozen=True, gc=False):
    """What is known of one (device, epoch). `settled` holds every number that needs no resend.

    Counts: `received` stored events, `duplicate` events that came again, `dead` refused, `dropped` given up
    by the device, `late` placed over 15 minutes before they came. Missing: below the largest, not settled.
    `clock` is what is known of the clock that stamps them.
    """

    community: str
    device: str
    epoch: str
    settled: SeqSet
    received: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    late: int = 0
    first_ms: int = 0
    last_ms: int = 0
    clock: DeviceClock = DeviceClock()


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """The counts of LedgerRow over many epochs, and how many numbers are missing."""

    received: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    late: int = 0
    missing: int = 0

    @property
    def numbered(self) -> int:
        """Every number that was given out, as far as it is known: each is in one of these four."""
        return self.received + self.dead + self.dropped + self.missing

    @property
    def lost(self) -> int:
        """Not here: not yet, or given up by the device."""
        return self.missing + self.dropped


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """A ledger sum of one device, or of one community (`device` ""), over its `epochs`."""

    community: str
    device: str
    sum: LedgerSum
    epochs: int
    first_ms: int
    last_ms: int


class HourRow(Struct, frozen=True, gc=False):
    """Telemetry of one stream (a device's epoch) summed over one hour at one place.

    `sums`: channel -> (readings, total). The numbers of its events lie in `first_seq`..`last_seq`.
    """

    community: str
    device: str
    compartment: str
    epoch: str
    hour_ms: int
    first_seq: int
    last_seq: int
    sums: dict[str, tuple[int, float]]


class PlaceRow(Struct, frozen=True, gc=False):
    """What is known now of one place (`compartment` "" for the device itself).

    `newest`: channel -> (value, placed_ms, seq). `hour`: the sums of its newest hour, which is still open:
    they are with the place, so that a reading costs one row and not one for each channel.
    """

    community: str
    device: str
    compartment: str
    newest: dict[str, tuple[float, int, int]]
    hour: HourRow | None = None


@dataclass(frozen=True, slots=True)
class CurrentRow:
    """The newest value of one channel at one place (`compartment` "" for the device itself)."""

    community: str
    device: str
    compartment: str
    channel: str
    value: float
    placed_ms: int
    seq: int


class DepositRow(Struct, frozen=True, gc=False):
    """A judged deposit. `chosen` and `seen` are kinds or ""; `day` is the community's local day."""

    community: str
    building: str
    device: str
    epoch: str
    seq: int
    compartment: str
    chosen: str
    seen: str
    item: str
    confidence: float | None
    outcome: str
    gravity: str
    reason: str
    household: str
    weight_kg: float | None
    photo_sha256: str
    model: str
    profile: str
    placed_ms: int
    day: str


class CountRow(Struct, frozen=True, gc=False):
    """Deposits and kilograms of one group of the compliance counts.

    From ingest: what to add to it (`kind` is the compartment's, "" when unknown). To a reader: what it has,
    "" where it is not grouped by that.
    """

    community: str
    building: str
    household: str
    kind: str
    day: str
    outcome: str
    deposits: int
    weight_kg: float


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as the store knows it. `accepted` False: it spoke, and nobody has said where it stands.

    `compartments` maps name to kind. Presence: `state` online, offline, asleep or "" (never said).
    """

    community: str
    id: str
    accepted: bool = False
    building: str = ""
    type: str = "bin"
    name: str = ""
    compartments: dict[str, str] = field(default_factory=dict)
    state: str = ""
    session: str = ""
    via: str = ""
    software: str = ""
    model: str = ""
    heard_ms: int = 0
    events_ms: int = 0
    wakes_ms: int | None = None
    first_ms: int = 0


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo that is on disk under its hash, and whose it is."""

    sha256: str
    community: str
    device: str
    epoch: str
    seq: int
    size: int
    received_ms: int


class DeadLetter(Struct, frozen=True, gc=False):
    """Something refused. `raw` is cut to 4 KB; `sha256` and `size` are of the whole.

    The same bytes again on the same topic for the same reason raise `times` and make no new row.
    """

    topic: str
    reason: str
    detail: str
    raw: bytes
    sha256: str
    size: int
    received_ms: int
    times: int = 1
    id: int = 0


class LiveChange(Struct, frozen=True, gc=False):
    """Something the pages show has changed. `kind`: device, level, deposit, alert, photo. `body` is JSON.

    `number` (0 before it is stored) grows: it is the id of the API's event stream.
    """

    community: str
    kind: str
    key: str
    body: bytes
    at_ms: int
    number: int = 0
