"""What was measured: figures with their spread, as a table for people and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity of one case; a value for each run. `target`: what it should be, in words, "" for none."""

    case: str
    what: str
    unit: str
    values: tuple[float, ...]
    target: str = ""

    @property
    def middle(self) -> float:
        """The median; NaN when nothing was measured."""
        return median(self.values) if self.values else float("nan")

    def __str__(self) -> str:
        if not self.values:
            return "not measured"
        low, high = _short(min(self.values)), _short(max(self.values))
        return _short(self.middle) if low == high else f"{_short(self.middle)} ({low}–{high})"


def table(title: str, figures: Iterable[Figure]) -> Table:
    """Medians, with the smallest and the largest where they differ."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("case")
    shown.add_column("what")
    shown.add_column("median (least–most)", justify="right")
    shown.add_column("unit")
    shown.add_column("should be")
    for figure in figures:
        shown.add_row(figure.case, figure.what, str(figure), figure.unit, figure.target)
    return shown


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Every value of every run."""
    return [asdict(figure) for figure in figures]


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
