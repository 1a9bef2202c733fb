"""A time-series store in memory, that does as it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from linli.errors import HistoryError, HistoryFailed
from linli.ports.history import Opened, RejectedPoint

DAY_MS = 86_400_000


@dataclass
class Series:
    """A time-series store in memory: what is written again lands on itself; `trouble` is raised instead.

    `broken`: days whose shard answers 500.
    """

    points: dict[tuple[str, str], str] = field(default_factory=dict)
    trouble: HistoryError | None = None
    broken: set[int] = field(default_factory=set)
    name: str = "memory/1"
    missing: bool = False
    opened: int = 0
    writes: int = 0

    def open(self, on_empty: Callable[[], None]) -> Opened:
        if self.trouble is not None:
            raise self.trouble
        self.opened += 1
        if self.missing:
            on_empty()
            self.points.clear()
            self.missing = False
        return Opened("memory", self.name)

    def write(self, lines: Sequence[str]) -> list[RejectedPoint]:
        self.writes += 1
        if self.trouble is not None:
            raise self.trouble
        if self.broken.intersection(day_of(line) for line in lines):
            raise HistoryFailed("answered 500: not attempting to open shard 7", lasting=True)
        rejected = []
        for index, line in enumerate(lines):
            if "weight_kg=13.0" in line:
                rejected.append(RejectedPoint(index, "thirteen"))
            else:
                place, fields, at_ns = line.split(" ")
                self.points[place, at_ns] = fields
        return rejected

    def write_text(self, lines: bytes) -> bool:
        return not self.write(lines.decode().split("\n"))

    def values(self, channel: str) -> list[float]:
        """Of one channel, in any order."""
        said = [field.partition("=") for fields in self.points.values() for field in fields.split(",")]
        return [float(number) for name, _, number in said if name == channel]

    def count(self, measurement: str) -> int:
        return sum(place.startswith(measurement) for place, _ in self.points)


def day_of(line: str) -> int:
    return int(line.rpartition(" ")[2]) // 86_400_000_000_000
