"""An alert as a page shows it."""

from dataclasses import dataclass

from api.pages.visit import Visit
from api.pages.words import Words
from api.services import Store
from linli.alerts.rules import RULES, LevelRule, MuteRule, PresenceRule, StreakRule
from linli.alerts.state import AlertKind
from linli.inventory import Inventory
from linli.ports.operational import DepositQuery
from linli.ports.rows import AlertRow, DepositRow

SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class AlertCard:
    """Everything is text for people but `row`. `photo` is an address or empty; `late`: it is yet to come."""

    row: AlertRow
    title: str
    place: tuple[str, ...]
    why: str
    evidence: str
    photo: str
    late: bool


def alert_card(v: Visit, store: Store, inventory: Inventory, row: AlertRow) -> AlertCard:
    """Look up what the alert's row only names."""
    photo = row.photo_sha256
    known = bool(photo) and store.photo(photo)
    return AlertCard(
        row,
        v.w.named("kind", row.kind),
        place(v, inventory, row.building, row.device, row.compartment),
        why(v.w, row),
        _evidence(v, store, row),
        f"/api/v1/photos/{photo}" if known else "",
        bool(photo) and not known,
    )


def by_urgency(row: AlertRow) -> tuple[bool, int, int]:
    """What nobody has seen first, then the most severe, then the newest."""
    return row.acknowledged_ms is not None, SEVERITIES.index(row.severity), -row.fired_ms


def place(v: Visit, inventory: Inventory, building: str, device: str, compartment: str) -> tuple[str, ...]:
    """From the building to the compartment, what is known of it. A bin named after its building says both."""
    known = inventory.device(v.community.id, device)
    kind = known.compartments.get(compartment) if known is not None else None
    home, name = v.building(building), known.name if known is not None and known.name else device
    names = (
        "" if name.startswith(home) else home,
        name,
        v.kind(kind) if kind is not None else compartment,
    )
    return tuple(name for name in names if name)


def why(w: Words, row: AlertRow) -> str:
    """The reason as a sentence."""
    key = f"why.{row.kind}.{row.reason}"
    return w(key, **_facts(row)) if w.has(key) else w.named("reason", row.reason)


def _facts(row: AlertRow) -> dict[str, str]:
    facts = {"value": number(row.value)}
    match RULES.get(AlertKind(row.kind)):
        case LevelRule() as rule:
            facts["limit"] = number(rule.fire_at)
        case StreakRule() as rule:
            facts["window"] = str(rule.window)
        case PresenceRule(after_ms=after) | MuteRule(after_ms=after):
            facts["minutes"] = str(after // 60_000)
        case _:
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
