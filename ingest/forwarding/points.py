"""Stored rows as lines, each with the row it came from: a refused point can be shown to a person."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from linli.points import alert_line, deposit_line, telemetry_line
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.forwarding import PointRow
from linli.topics import Channel, Topic, alerts

DAY_NS = 86_400_000_000_000


class Source(Struct, frozen=True):
    """Where a point came from, as its dead letter says it."""

    topic: str
    raw: bytes


class Points(Struct):
    """Lines, and of each the number (an event's id, a change's) under which it can be had again."""

    numbers: list[int]
    lines: list[str]

    def only(self, wanted: Iterable[int]) -> "Points":
        """Those at these positions."""
        positions = list(wanted)
        return Points([self.numbers[i] for i in positions], [self.lines[i] for i in positions])

    def days(self) -> dict[int, list[int]]:
        """The positions of the points of each day (UTC, counted from 1970)."""
        found: dict[int, list[int]] = {}
        for i, line in enumerate(self.lines):
            found.setdefault(int(line.rpartition(" ")[2]) // DAY_NS, []).append(i)
        return found


def event_points(rows: Sequence[PointRow]) -> tuple[Points, list[tuple[int, str]]]:
    """The points of these events, and (position, why) of those that ought to have one and cannot."""
    numbers: list[int] = []
    lines: list[str] = []
    unwritable: list[tuple[int, str]] = []
    for i, (number, kind, community, building, device, seq, placed_ms, body, outcome) in enumerate(rows):
        try:
            if kind == "telemetry":
                line = telemetry_line(community, building, device, placed_ms, seq, body)
            elif outcome is None:
                unwritable.append((i, f"event {number}: a deposit without a verdict"))
                continue
            else:
                line = deposit_line(community, building, device, placed_ms, seq, body, outcome)
        except ValueError as error:  # the bodies' own errors are such
            unwritable.append((i, f"event {number}: {error}"))
            continue
        numbers.append(number)
        lines.append(line)
    return Points(numbers, lines), unwritable


def event_source(row: PointRow) -> Source:
    """Where the point of an event came from."""
    return Source(str(Topic(row[2], row[4], Channel.EVENTS)), row[7])


def alert_points(changes: Sequence[tuple[AlertChange, AlertRow]]) -> Points:
    """One point for each change: `state` is what the change made of the alert."""
    lines = [
        alert_line(
            row.community,
            row.building,
            row.device,
            row.kind,
            _STATES.get(change.change, change.change),
            row.severity,
            change.at_ms,
            change.number,
        )
        for change, row in changes
    ]
    return Points([change.number for change, _ in changes], lines)


def alert_source(change: AlertChange, row: AlertRow) -> Source:
    """Where the point of a change came from."""
    return Source(alerts(row.community), msgspec.json.encode(change))


_STATES = {"fired": "firing"}
