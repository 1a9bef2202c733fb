"""A chart of levels over time, as the numbers of an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.visit import Visit
from linli.alerts.rules import OVERFLOW
from linli.ports.operational import Bucket

WIDE, NARROW, HEIGHT = 720, 340, 220
"""Units of the drawing: pixels where it has room, as on a desk and on a phone."""
LEFT, RIGHT, TOP, BOTTOM = 34, 106, 12, 26
BUCKETS = 144
LABEL_APART = 15.0


@dataclass(frozen=True, slots=True)
class Line:
    """One series: runs of points (a gap in time breaks the line), and its label at `y`."""

    name: str
    kind: str
    colour: str
    runs: tuple[str, ...]
    end: tuple[float, float]
    label_y: float
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines, and the ticks of both axes as (position, text)."""

    width: int
    right: int
    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    limit_y: float
    description: str


@dataclass(frozen=True, slots=True)
class Track:
    """What a line is made of; values 0..100."""

    name: str
    kind: str
    colour: str
    values: Sequence[Bucket]


def step_of(start_ms: int, end_ms: int) -> int:
    """An interval that gives about as many values as the chart has room for, at least a second."""
    return max(1_000, (end_ms - start_ms) // BUCKETS)


def chart(
    v: Visit, tracks: Sequence[Track], start_ms: int, end_ms: int, title: str, width: int = WIDE
) -> Chart:
    """Place the tracks over [start, end)."""
    across = Across(start_ms, end_ms, width)
    drawn = [_line(track, across) for track in tracks if track.values]
    lines = _spread(drawn)
    said = "; ".join(f"{line.name} {line.last} %" for line in lines)
    return Chart(
        width,
        width - RIGHT,
        tuple(lines),
        tuple(_time_ticks(v, across)),
        tuple((round(_y(value), 1), str(value)) for value in (0, 25, 50, 75, 100)),
        round(_y(OVERFLOW.fire_at), 1),
        f"{title}: {said}",
    )


@dataclass(frozen=True, slots=True)
class Across:
    """Time to the right."""

    start_ms: int
    end_ms: int
    width: int

    def x(self, at_ms: int) -> float:
        """Where a time is. A step's first interval may begin before the start: it is drawn at the start."""
        share = (max(at_ms, self.start_ms) - self.start_ms) / (self.end_ms - self.start_ms)
        return LEFT + (self.width - LEFT - RIGHT) * share


def _y(value: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(100.0, max(0.0, value)) / 100)


def _line(track: Track, across: Across) -> Line:
    apart = 4 * step_of(across.start_ms, across.end_ms)
    runs: list[list[str]] = [[]]
    before = track.values[0].at_ms
    for one in track.values:
        if one.at_ms - before > max(apart, 1_200_000):
            runs.append([])
        runs[-1].append(f"{across.x(one.at_ms):.1f},{_y(one.value):.1f}")
        before = one.at_ms
    last = track.values[-1]
    end = (round(across.x(last.at_ms), 1), round(_y(last.value), 1))
    return Line(
        track.name,
        track.kind,
        track.colour,
        tuple(" ".join(run) for run in runs),
        end,
        end[1],
        f"{last.value:.0f}",
    )


def _spread(lines: list[Line]) -> list[Line]:
    """Move labels apart that would lie on each other."""
    placed: list[Line] = []
    floor = float(TOP)
    for line in sorted(lines, key=lambda one: one.end[1]):
        y = max(line.end[1], floor)
        placed.append(Line(line.name, line.kind, line.colour, line.runs, line.end, y, line.last))
        floor = y + LABEL_APART
    over = floor - LABEL_APART - (HEIGHT - BOTTOM - 6)  # above the words of the time axis
    if over > 0:
        return [
            Line(one.name, one.kind, one.colour, one.runs, one.end, one.label_y - over, one.last)
            for one in placed
        ]
    return placed


def _time_ticks(v: Visit, across: Across) -> list[tuple[float, str]]:
    long_ms, parts = across.end_ms - across.start_ms, 4 if across.width == WIDE else 2
    short = long_ms < 600_000
    ticks = []
    for part in range(parts + 1):
        at_ms = across.start_ms + long_ms * part // parts
        text = f"{v.local(at_ms):%H:%M:%S}" if short else f"{v.local(at_ms):%H:%M}"
        ticks.append((round(across.x(at_ms), 1), text))
    return ticks
