"""Sorting accuracy as a page shows it: a bar, its interval, and what was not counted."""

from dataclasses import dataclass

from api.pages.visit import Visit
from api.views.compliance import Compliance, Group
from linli.compliance import ENOUGH_JUDGED


@dataclass(frozen=True, slots=True)
class ComplianceBar:
    """Percentages 0..100; `value` None when there is not enough evidence. `notes` are whole phrases."""

    name: str
    whole: bool
    value: float | None
    low: float
    high: float
    notes: tuple[str, ...]


def compliance_bars(v: Visit, answer: Compliance) -> list[ComplianceBar]:
    """The community first, then its buildings by name."""
    if not answer.total.deposits:
        return []
    bars = [_bar(v, v.w("compliance.whole"), answer.total, whole=True)]
    named = [(v.building(group.building) or v.w("bins.unassigned"), group) for group in answer.items]
    bars += [_bar(v, name, group, whole=False) for name, group in named if group.deposits]
    return bars


def _bar(v: Visit, name: str, group: Group, *, whole: bool) -> ComplianceBar:
    shown = group.accuracy
    percent = [None if x is None else 100 * x for x in (shown.value, shown.low, shown.high)]
    return ComplianceBar(name, whole, percent[0], percent[1] or 0.0, percent[2] or 0.0, _notes(v, group))


def _notes(v: Visit, group: Group) -> tuple[str, ...]:
    w, counts = v.w, group.outcomes
    judged = (
        w("compliance.judged", n=group.accuracy.judged)
        if group.accuracy.enough
        else w("compliance.not_enough_more", n=group.accuracy.judged, need=ENOUGH_JUDGED)
    )
    notes = [judged, w("compliance.unsure", n=counts.unsure)]
    if counts.missed_recycling:
        notes.append(w("compliance.missed", n=counts.missed_recycling))
    share = group.participation
    if share is not None and share.registered:
        notes.append(w("compliance.participation", seen=share.seen, registered=share.registered))
    if group.weight_kg:
        notes.append(w("compliance.weight", kg=f"{group.weight_kg:.1f}"))
    return tuple(notes)
