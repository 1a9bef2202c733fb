"""A ledger as a page shows it: whether anything is lost, in a sentence, and the counts behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.words import Words
from linli.ports.rows import LedgerSum
from linli.seqs import SeqSet

COUNTS = ("missing", "dropped", "dead", "late", "duplicate", "received")
"""In this order in every table, after what is lost."""
GAPS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and what it means. `tone`: good, warm, bad or empty."""

    name: str
    value: str
    meaning: str
    tone: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What there is to say of some devices: `sentences` for people, then the figures."""

    tone: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of a row. `quiet`: a zero that a narrow page may leave out."""

    name: str
    value: str
    tone: str
    quiet: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: a device, a community, or an epoch. `gaps` are the missing numbers in words."""

    name: str
    detail: str
    href: str
    cells: tuple[Cell, ...]
    gaps: str
    first_ms: int
    last_ms: int


def tone(total: LedgerSum) -> str:
    """What the device has given up will never come; what is missing may."""
    return "bad" if total.dropped else "warm" if total.missing else "good"


def statement(w: Words, total: LedgerSum) -> Statement:
    """The sum in words and in figures."""
    counts = {name: getattr(total, name) for name in ("missing", "dropped", "dead")}
    said = [w(f"ledger.say_{name}", n=number(n)) for name, n in counts.items() if n]
    figures = (
        Figure(w("ledger.lost"), number(total.lost), _lost(w, total), tone(total)),
        *(_figure(w, total, name) for name in ("received", "duplicate", "late", "dead")),
    )
    return Statement(tone(total), (_here(w, total), *said), figures)


def line(w: Words, name: str, detail: str, href: str, total: LedgerSum, times: tuple[int, int]) -> Line:
    """A row for a device or a community."""
    return Line(name, detail, href, _cells(w, total), "", *times)


def epoch_line(w: Words, epoch: str, total: LedgerSum, settled: SeqSet, times: tuple[int, int]) -> Line:
    """A row for one life of a device's memory, with the numbers that are not here."""
    return Line(epoch, "", "", _cells(w, total), _gaps(w, settled.missing()), *times)


def number(n: int) -> str:
    """1,204."""
    return f"{n:,}"


def _here(w: Words, total: LedgerSum) -> str:
    if not total.numbered:
        return w("ledger.nothing_yet")
    key = "ledger.say_some" if total.lost else "ledger.say_all"
    return w(key, n=number(total.numbered), lost=number(total.lost))


def _lost(w: Words, total: LedgerSum) -> str:
    if not total.lost:
        return w("ledger.lost_none")
    return w("ledger.lost_of", missing=number(total.missing), dropped=number(total.dropped))


def _figure(w: Words, total: LedgerSum, name: str) -> Figure:
    value = getattr(total, name)
    loud = "warm" if name == "dead" and value else ""
    return Figure(w(f"ledger.{name}"), number(value), w(f"ledger.{name}_means"), loud)


def _cells(w: Words, total: LedgerSum) -> tuple[Cell, ...]:
    lost = Cell(w("ledger.lost"), number(total.lost), tone(total), quiet=False)
    return (lost, *(_cell(w, total, name) for name in COUNTS))


def _cell(w: Words, total: LedgerSum, name: str) -> Cell:
    value = getattr(total, name)
    loud = {"missing": "warm", "dropped": "bad", "dead": "warm"}.get(name, "") if value else ""
    return Cell(w(f"ledger.{name}"), number(value), loud, quiet=not value and name != "received")


def _gaps(w: Words, missing: Sequence[tuple[int, int]]) -> str:
    if not missing:
        return ""
    shown = [number(a) if a == b else f"{number(a)}–{number(b)}" for a, b in missing[:GAPS_SHOWN]]
    rest = len(missing) - len(shown)
    numbers = w("ledger.gap_comma").join(shown)
    return w("ledger.gaps_more", numbers=numbers, n=rest) if rest else w("ledger.gaps", numbers=numbers)
