"""Stored rows as points, each with what it came from: a refused point can be shown to a person."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from linli.errors import InvalidMessage
from linli.events import Deposit, Telemetry, decode_event
from linli.points import Point, alert_point, deposit_point, telemetry_point
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.rows import EventRow
from linli.topics import Channel, Topic, alerts
from linli.waste import Outcome


class Source(Struct, frozen=True):
    """A point and where it came from."""

    point: Point
    topic: str
    raw: bytes


class Unwritable(Struct, frozen=True):
    """An event that ought to have a point and cannot be made one, and why."""

    detail: str
    topic: str
    raw: bytes


def event_points(
    rows: Iterable[EventRow], outcomes: Mapping[tuple[str, str, str, int], str]
) -> tuple[list[Source], list[Unwritable]]:
    """The points of these events: telemetry and deposits of devices that somebody has placed.

    An unknown device's events are left out; they come again, as a range to rewrite, when it is accepted.
    """
    sources: list[Source] = []
    unwritable: list[Unwritable] = []
    for row in rows:
        if not row.building:
            continue
        topic = str(Topic(row.community, row.device, Channel.EVENTS))
        try:
            point = _event_point(row, outcomes)
        except (InvalidMessage, ValueError) as error:
            unwritable.append(Unwritable(f"event {row.id}: {error}", topic, row.body))
            continue
        if point is not None:
            sources.append(Source(point, topic, row.body))
    return sources, unwritable


def _event_point(row: EventRow, outcomes: Mapping[tuple[str, str, str, int], str]) -> Point | None:
    if row.kind not in _POINTED:
        return None
    event = decode_event(row.body)
    if isinstance(event, Telemetry):
        return telemetry_point(row.community, row.building, row.device, event, row.placed_ms)
    if isinstance(event, Deposit):
        outcome = outcomes.get((row.community, row.device, row.epoch, row.seq))
        if outcome is None:
            raise ValueError("a deposit without a verdict")
        return deposit_point(row.community, row.building, row.device, event, row.placed_ms, Outcome(outcome))
    return None


def alert_points(changes: Sequence[tuple[AlertChange, AlertRow]]) -> list[Source]:
    """One point for each change: `state` is what the change made of the alert."""
    return [
        Source(
            alert_point(
                row.community,
                row.building,
                row.device,
                row.kind,
                _STATES.get(change.change, change.change),
                row.severity,
                change.at_ms,
                change.number,
            ),
            alerts(row.community),
            msgspec.json.encode(change),
        )
        for change, row in changes
    ]


_POINTED = {"telemetry", "deposit"}
_STATES = {"fired": "firing"}
