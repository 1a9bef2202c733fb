"""The points of the time-series store: names, tags and fields, fixed for ever.

A point's time is `placed_ms * 1_000_000 + seq mod 1_000_000` ns, so that what is written again lands on
itself.
Tags of the same point never change; a household is a field, never a tag.
"""

from dataclasses import dataclass

from linli.events import Deposit, Telemetry
from linli.waste import Outcome

Field = float | str


@dataclass(frozen=True, slots=True)
class Point:
    """One point: tags without empty values, at least one field, `time_ns` since 1970 UTC."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Field]
    time_ns: int


def point_time(placed_ms: int, seq: int) -> int:
    """The nanosecond that belongs to one event of one device."""
    return placed_ms * 1_000_000 + seq % 1_000_000


def telemetry_point(community: str, building: str, device: str, event: Telemetry, placed_ms: int) -> Point:
    """The point of a telemetry event: one float field a channel."""
    tags = _tags(community, building, device, event.compartment)
    return Point("telemetry", tags, dict(event.values()), point_time(placed_ms, event.seq))


def deposit_point(
    community: str, building: str, device: str, event: Deposit, placed_ms: int, outcome: Outcome
) -> Point:
    """The point of a deposit. Tag `kind` is the kind as the device saw it (`unsure` when it named none).

    `correct` is 1.0 or 0.0, and absent when unsure.
    """
    tags = _tags(community, building, device, event.compartment)
    tags["kind"] = event.item_kind.value if event.item_kind is not None else "unsure"
    fields: dict[str, Field] = {"verdict": outcome.value}
    if outcome is not Outcome.UNSURE:
        fields["correct"] = 1.0 if outcome is Outcome.CORRECT else 0.0
    for name in ("item", "confidence", "weight_kg", "household"):
        value = getattr(event, name)
        if value is not None:
            fields[name] = value
    return Point("deposit", tags, fields, point_time(placed_ms, event.seq))


def alert_point(
    community: str, building: str, device: str, kind: str, state: str, severity: str, at_ms: int, number: int
) -> Point:
    """The point of one change of an alert; `number` is the change's own, in place of a seq."""
    tags = _tags(community, building, device, None)
    tags["kind"] = kind
    return Point("alert", tags, {"state": state, "severity": severity}, point_time(at_ms, number))


def _tags(community: str, building: str, device: str, compartment: str | None) -> dict[str, str]:
    tags = {"community": community, "building": building, "device": device}
    if compartment is not None:
        tags["compartment"] = compartment
    return {name: value for name, value in tags.items() if value}
