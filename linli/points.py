"""The points of the time-series store, as lines: names, tags and fields, fixed for ever.

A point's time is `placed_ms * 1_000_000 + seq mod 1_000_000` ns, so that what is written again lands on
itself.
Tags of the same point never change; a household is a field, never a tag.
"""

from functools import lru_cache

import msgspec

from linli import lineprotocol
from linli.events import CHANNELS
from linli.waste import Outcome

_PLACES = 65_536

# Only what a point says is decoded: the place, and the channels in the order of CHANNELS.
_Reading = msgspec.defstruct(
    "_Reading",
    [("compartment", str | None, None), *((name, float | bool | None, None) for name in CHANNELS)],
    gc=False,
)
_decode = msgspec.json.Decoder(_Reading).decode
_FACTS = ("item", "confidence", "weight_kg", "household")
_Dropped = msgspec.defstruct(
    "_Dropped",
    [
        ("compartment", str),
        ("item_kind", str | None, None),
        ("item", str | None, None),
        ("confidence", float | None, None),
        ("weight_kg", float | None, None),
        ("household", str | None, None),
    ],
    gc=False,
)
_decode_deposit = msgspec.json.Decoder(_Dropped).decode
_astuple = msgspec.structs.astuple
_CHANNELS = tuple(CHANNELS)


def point_time(placed_ms: int, seq: int) -> int:
    """The nanosecond that belongs to one event of one device. Raises ValueError past the year 2262."""
    return lineprotocol.time(placed_ms * 1_000_000 + seq % 1_000_000)


def telemetry_line(
    community: str, building: str, device: str, placed_ms: int, seq: int, body: bytes | str
) -> str:
    """The line of a telemetry event, from its JSON as it is stored: one float field a channel.

    Raises ValueError (msgspec's are such) for a body that is none.
    """
    compartment, *values = _astuple(_decode(body))
    # f"{x}" of a finite float is its repr; JSON and the event's own check let no other pass.
    fields = ",".join(
        [
            f"{name}={value}" if value.__class__ is float else f"{name}={float(value)}"
            for name, value in zip(_CHANNELS, values, strict=True)
            if value is not None
        ]
    )
    if not fields:
        raise ValueError("a point needs a field")
    place = _telemetry(community, building, device, compartment or "")
    return f"{place} {fields} {point_time(placed_ms, seq)}"


def deposit_line(
    community: str, building: str, device: str, placed_ms: int, seq: int, body: bytes | str, outcome: str
) -> str:
    """The line of a judged deposit, from its JSON as it is stored and its verdict.

    Tag `kind` is the kind as the device saw it (`unsure` when it named none), whatever the verdict was.
    `correct` is 1.0 or 0.0, and absent when unsure. Raises ValueError.
    """
    compartment, kind, *rest = _astuple(_decode_deposit(body))
    fields: dict[str, lineprotocol.Field] = {"verdict": outcome}
    if outcome != Outcome.UNSURE:
        fields["correct"] = 1.0 if outcome == Outcome.CORRECT else 0.0
    fields |= {name: value for name, value in zip(_FACTS, rest, strict=True) if value is not None}
    place = _kind("deposit", community, building, device, compartment, kind or "unsure")
    return lineprotocol.line(place, fields, point_time(placed_ms, seq))


def alert_line(
    community: str, building: str, device: str, kind: str, state: str, severity: str, at_ms: int, number: int
) -> str:
    """The line of one change of an alert; `number` is the change's own, in place of a seq."""
    place = _kind("alert", community, building, device, "", kind)
    return lineprotocol.line(place, {"state": state, "severity": severity}, point_time(at_ms, number))


@lru_cache(maxsize=_PLACES)
def _telemetry(community: str, building: str, device: str, compartment: str) -> str:
    return lineprotocol.series("telemetry", _tags(community, building, device, compartment))


@lru_cache(maxsize=_PLACES)
def _kind(measurement: str, community: str, building: str, device: str, compartment: str, kind: str) -> str:
    tags = [*_tags(community, building, device, compartment), ("kind", kind)]
    return lineprotocol.series(measurement, tags)


def _tags(community: str, building: str, device: str, compartment: str) -> list[tuple[str, str]]:
    return [
        ("community", community),
        ("building", building),
        ("device", device),
        ("compartment", compartment),
    ]
