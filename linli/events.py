"""What devices report: the events of docs/mqtt.md as immutable, validated values."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import astuple

from linli.decoding import UNREADABLE, check_text, invalid
from linli.identifiers import Household, Millis, ModelHash, Name, Seq, Sha256, Text
from linli.waste import Kind

EXT_MAX_BYTES = 2_048
EXT_MAX_DEPTH = 32
"""What is nested deeper may be read at one place and not at another: Python's stack is a limit too."""

_encoder = msgspec.json.Encoder()

Confidence = Annotated[float, Meta(ge=0, le=1)]
Reason = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]


class _Event(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
    tag_field="kind",
    gc=False,  # nothing that JSON can say refers back to itself
):
    """What every event says.

    `ts` is the device's clock, ms UTC; a device without one leaves it out and says `age_ms`, the time
    since it happened, as it sends. `ext` is the maker's own and is kept, not read.
    """

    seq: Seq
    ts: Millis | None = None
    age_ms: Annotated[int, Meta(ge=0, le=31_622_400_000)] = 0
    ext: dict[str, Any] | UnsetType = UNSET

    def _check_ext(self) -> None:
        if self.ext is UNSET:
            return
        if len(_encoder.encode(self.ext)) > EXT_MAX_BYTES:
            raise ValueError(f"ext is larger than {EXT_MAX_BYTES} bytes")
        level: list[Any] = [self.ext]
        for _ in range(EXT_MAX_DEPTH):
            level = [part for each in level for part in _parts(each) if isinstance(part, dict | list)]
            if not level:
                return
        raise ValueError(f"ext is nested deeper than {EXT_MAX_DEPTH}")


def _parts(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


class Telemetry(_Event, frozen=True, tag="telemetry"):
    """One reading of a device (no `compartment`) or of one of its compartments. At least one channel."""

    compartment: Name | None = None
    fill_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    weight_kg: Annotated[float, Meta(ge=0, le=5_000)] | None = None
    temperature_c: Annotated[float, Meta(ge=-60, le=1_000)] | None = None
    humidity_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    tilt_deg: Annotated[float, Meta(ge=0, le=180)] | None = None
    battery_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    signal_dbm: Annotated[float, Meta(ge=-200, le=50)] | None = None
    lid_open: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a reading that reads nothing."""
        if self.ext is not UNSET:
            self._check_ext()
        if self.fill_pct is None and self.temperature_c is None and not self.values():
            raise ValueError(f"telemetry needs at least one of {', '.join(CHANNELS)}")
        if self.compartment is not None and (self.battery_pct is not None or self.signal_dbm is not None):
            raise ValueError("battery_pct and signal_dbm are the device's own: leave compartment out")

    def values(self) -> dict[str, float]:
        """The channels that were read, by name; `lid_open` as 1.0 or 0.0."""
        read: dict[str, float] = {}
        # Eight questions cost a third of a loop over CHANNELS, and this is asked of every reading; a test
        # holds the two together.
        if self.fill_pct is not None:
            read["fill_pct"] = self.fill_pct
        if self.weight_kg is not None:
            read["weight_kg"] = self.weight_kg
        if self.temperature_c is not None:
            read["temperature_c"] = self.temperature_c
        if self.humidity_pct is not None:
            read["humidity_pct"] = self.humidity_pct
        if self.tilt_deg is not None:
            read["tilt_deg"] = self.tilt_deg
        if self.battery_pct is not None:
            read["battery_pct"] = self.battery_pct
        if self.signal_dbm is not None:
            read["signal_dbm"] = self.signal_dbm
        if self.lid_open is not None:
            read["lid_open"] = float(self.lid_open)
        return read


CHANNELS: dict[str, str] = {
    "fill_pct": "%",
    "weight_kg": "kg",
    "temperature_c": "°C",
    "humidity_pct": "%",
    "tilt_deg": "°",
    "battery_pct": "%",
    "signal_dbm": "dBm",
    "lid_open": "1 open, 0 closed",
}
"""Telemetry channels and their units, in the order of the contract."""


class Deposit(_Event, frozen=True, tag="deposit"):
    """Something was thrown in. Either seen (`item_kind` and `confidence`) or `unsure` with a reason."""

    compartment: Name
    item: Reason | None = None
    item_kind: Kind | None = None
    confidence: Confidence | None = None
    unsure: Reason | None = None
    kind_probabilities: dict[Kind, Confidence] | None = None
    model: ModelHash | None = None
    weight_kg: Annotated[float, Meta(ge=0, le=500)] | None = None
    household: Household | None = None
    photo_sha256: Sha256 | None = None
    reminded: bool = False

    def __post_init__(self) -> None:
        """Refuse a classification without its confidence."""
        self._check_ext()
        if self.unsure is None and self.item_kind is not None and self.confidence is None:
            raise ValueError("a deposit with item_kind needs its confidence, or unsure with a reason")


class Observation(_Event, frozen=True, tag="observation"):
    """What a camera saw that is no deposit."""

    what: Literal["item", "bag_on_ground", "clear", "lens_covered", "lens_dark", "lens_clear"]
    compartment: Name | None = None
    item: Reason | None = None
    item_kind: Kind | None = None
    confidence: Confidence | None = None
    unsure: Reason | None = None
    model: ModelHash | None = None
    photo_sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        """Check the size of the maker's own part."""
        self._check_ext()


class Fault(_Event, frozen=True, tag="fault"):
    """A device says that a part of it is broken (`active`) or works again."""

    code: Name
    active: bool = True
    compartment: Name | None = None
    detail: Text = ""

    def __post_init__(self) -> None:
        """Check the size of the maker's own part."""
        self._check_ext()


Event = Telemetry | Deposit | Observation | Fault
EVENT_KINDS: dict[str, type[Event]] = {
    "telemetry": Telemetry,
    "deposit": Deposit,
    "observation": Observation,
    "fault": Fault,
}


_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def decode_event(raw: bytes) -> Event:
    """Decode one event, as it came or as it was stored. Raises InvalidMessage."""
    check_text(raw)
    try:
        return _event.decode(raw)
    except UNREADABLE as error:
        raise invalid(error) from error


# Of a stored reading, what it reads and where, and no more: half the cost of the whole event.
_Reading = msgspec.defstruct(
    "_Reading",
    [("compartment", str | None, None), *((name, float | bool | None, None) for name in CHANNELS)],
    tag_field="kind",
    tag="telemetry",
    gc=False,
)
_reading = msgspec.json.Decoder(_Reading)


def decode_reading(raw: bytes) -> tuple[str, dict[str, float]]:
    """The compartment ("" for the device itself) and the channels of a stored telemetry event, in the order
    of the contract. Raises ValueError for a body that is none.
    """
    try:
        compartment, *values = astuple(_reading.decode(raw))
    except UNREADABLE as error:
        raise ValueError(f"a telemetry event's body is none: {error}") from error
    read = zip(CHANNELS, values, strict=True)
    return compartment or "", {name: float(value) for name, value in read if value is not None}


def encode(value: Struct) -> bytes:
    """Compact JSON of any message or event of the contract."""
    return _encoder.encode(value)
