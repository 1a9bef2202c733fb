"""The points of the time-series store, as lines: names, tags and fields, fixed for ever.

A point's time is `placed_ms * 1_000_000 + seq mod 1_000_000` ns, so that what is written again lands on
itself.
Tags of the same point never change; a household is a field, never a tag.
"""

from functools import lru_cache

import msgspec

from linli import lineprotocol
from linli.events import decode_reading
from linli.waste import Outcome

_PLACES = 65_536

_HEAD = b'{"kind":"telemetry",'
_BEGIN = len(_HEAD)
_AS_FIELDS = bytes.maketrans(b":", b"=")
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


def point_time(placed_ms: int, seq: int) -> int:
    """The nanosecond that belongs to one event of one device. Raises ValueError past the year 2262."""
    return lineprotocol.time(placed_ms * 1_000_000 + seq % 1_000_000)


def telemetry_line(community: str, building: str, device: str, placed_ms: int, seq: int, body: bytes) -> str:
    """The line of a telemetry event, from its JSON as it is stored: one float field a channel.

    Raises ValueError (msgspec's are such) for a body that is none.
    """
    # Half of what forwarding costs is spent here. The channels stand in the stored text as a line wants
    # them, but for quotes and colons: to make numbers, and their texts again, would take four times as long.
    end = body.find(b',"seq":')
    if end <= _BEGIN or not body.startswith(_HEAD):  # not as linli stores it
        compartment, values = decode_reading(body)
        place = _telemetry(community, building, device, compartment)
        return lineprotocol.line(place, values, point_time(placed_ms, seq))
    fields = body[_BEGIN:end].translate(_AS_FIELDS, b'"').decode()  # names and numbers hold none of these
    compartment = ""
    if fields.startswith("compartment="):
        compartment, _, fields = fields[12:].partition(",")
    if "lid_open" in fields:
        fields = fields.replace("=true", "=1.0").replace("=false", "=0.0")
    if not fields:
        raise ValueError("a point needs a field")
    at_ns = placed_ms * 1_000_000 + seq % 1_000_000
    if not 0 <= at_ns <= lineprotocol.TIME_MAX_NS:
        lineprotocol.time(at_ns)
    return f"{_telemetry(community, building, device, compartment)} {fields} {at_ns}"


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
