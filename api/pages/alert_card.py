"""An alert as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.photos import Photos
from api.pages.visit import Visit
from api.pages.words import Words
from api.services import Store
from linli.alerts.rules import RULES, LevelRule, StreakRule
from linli.alerts.state import AlertKind, Reason
from linli.ports.alert_rows import AlertRow
from linli.ports.operational import DepositQuery
from linli.ports.rows import DepositRow

SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class AlertCard:
    """Everything is text for people but `row`. `headline` is the one sentence of a small card.

    `photo` is an address or empty; `late`: it is yet to come.
    """

    row: AlertRow
    title: str
    place: tuple[str, ...]
    why: str
    evidence: str
    headline: str
    photo: str
    late: bool


def alert_cards(v: Visit, store: Store, rows: Sequence[AlertRow], shown: Photos) -> list[AlertCard]:
    """In the order given."""
    return [alert_card(v, store, row, shown) for row in rows]


def alert_card(v: Visit, store: Store, row: AlertRow, shown: Photos) -> AlertCard:
    """Look up what the alert's row only names."""
    evidence = _evidence(v, store, row)
    return AlertCard(
        row,
        v.w.named("kind", row.kind),
        place(v, row.building, row.device, row.compartment),
        why(v.w, row),
        evidence,
        _headline(v.w, row, evidence),
        shown.address(row.photo_sha256),
        shown.late(row.photo_sha256),
    )


def by_urgency(row: AlertRow) -> tuple[bool, int, int]:
    """What nobody has seen first, then the most severe, then the newest."""
    return row.acknowledged_ms is not None, SEVERITIES.index(row.severity), -row.fired_ms


def place(v: Visit, building: str, device: str, compartment: str) -> tuple[str, ...]:
    """From the building to the compartment, what is known of it. A bin named after its building says both.

    What is no device's is the community's.
    """
    if not device:
        return (v.title(v.community),)
    known = v.inventory.device(v.community.id, device)
    kind = known.compartments.get(compartment) if known is not None else None
    name = known.name if known is not None and known.name else device
    names = (
        v.home(building, name),
        name,
        v.kind(kind) if kind is not None else compartment,
    )
    return tuple(name for name in names if name)


def why(w: Words, row: AlertRow) -> str:
    """The reason as a sentence."""
    key = f"why.{row.kind}.{row.reason}"
    return w(key, **_facts(row)) if w.has(key) else w.named("reason", row.reason)


def _headline(w: Words, row: AlertRow, evidence: str) -> str:
    """What was thrown in says more than a rule's name; several in a row are more than the last of them."""
    if evidence and row.reason == Reason.MISSORT_STREAK:
        return w("evidence.streak", why=why(w, row), last=evidence)
    return evidence or why(w, row)


def _facts(row: AlertRow) -> dict[str, str]:
    facts = {"value": number(row.value)}
    match RULES.get(AlertKind(row.kind)):
        case LevelRule() as rule:
            facts["limit"] = number(rule.fire_at)
        case StreakRule() as rule:
            facts["window"] = str(rule.window)
        case _:  # how long is too long to be silent is a setting of ingest's, and no alert repeats it
            pass
    return facts


def number(value: float | None) -> str:
    """At most one decimal."""
    return "—" if value is None else f"{value:.1f}".removesuffix(".0")


def _evidence(v: Visit, store: Store, row: AlertRow) -> str:
    """What was thrown in, when the alert is about a deposit."""
    if row.kind != AlertKind.MISSORT:
        return ""
    query = DepositQuery(
        community=row.community,
        device=row.device,
        outcome="missorted",
        start_ms=row.fired_ms,
        end_ms=row.fired_ms + 1,
        limit=10,
    )
    found = [one.deposit for one in store.deposits(query) if one.deposit.compartment == row.compartment]
    return what_happened(v, found[0]) if found else ""


def what_happened(v: Visit, deposit: DepositRow) -> str:
    """A deposit as a sentence."""
    if not deposit.seen:
        return v.w("evidence.sentence_unseen", chosen=v.kind(deposit.chosen))
    return v.w(
        "evidence.sentence",
        chosen=v.kind(deposit.chosen),
        item=v.item(deposit.item),
        seen=v.kind(deposit.seen),
    )
