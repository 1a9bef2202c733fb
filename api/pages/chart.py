"""A chart of levels over time, as the numbers of an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.visit import Visit
from linli.ports.operational import Bucket

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 34, 92, 12, 26
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


def chart(v: Visit, tracks: Sequence[Track], start_ms: int, end_ms: int, title: str) -> Chart:
    """Place the tracks over [start, end)."""
    drawn = [_line(track, start_ms, end_ms) for track in tracks if track.values]
    lines = _spread(drawn)
    said = "; ".join(f"{line.name} {line.last} %" for line in lines)
    return Chart(
        tuple(lines),
        tuple(_time_ticks(v, start_ms, end_ms)),
        tuple((round(_y(value), 1), str(value)) for value in (0, 25, 50, 75, 100)),
        round(_y(90), 1),
        f"{title}: {said}",
    )


def _x(at_ms: int, start_ms: int, end_ms: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (at_ms - start_ms) / (end_ms - start_ms)


def _y(value: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(100.0, max(0.0, value)) / 100)


def _line(track: Track, start_ms: int, end_ms: int) -> Line:
    apart = 4 * step_of(start_ms, end_ms)
    runs: list[list[str]] = [[]]
    before = track.values[0].at_ms
    for one in track.values:
        if one.at_ms - before > max(apart, 1_200_000):
            runs.append([])
        runs[-1].append(f"{_x(one.at_ms, start_ms, end_ms):.1f},{_y(one.value):.1f}")
        before = one.at_ms
    last = track.values[-1]
    end = (round(_x(last.at_ms, start_ms, end_ms), 1), round(_y(last.value), 1))
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
    over = floor - LABEL_APART - (HEIGHT - BOTTOM + 4)
    if over > 0:
        return [
            Line(one.name, one.kind, one.colour, one.runs, one.end, one.label_y - over, one.last)
            for one in placed
        ]
    return placed


def _time_ticks(v: Visit, start_ms: int, end_ms: int) -> list[tuple[float, str]]:
    short = end_ms - start_ms < 600_000
    ticks = []
    for part in range(5):
        at_ms = start_ms + (end_ms - start_ms) * part // 4
        text = f"{v.local(at_ms):%H:%M:%S}" if short else f"{v.local(at_ms):%H:%M}"
        ticks.append((round(_x(at_ms, start_ms, end_ms), 1), text))
    return ticks
