"""A deposit: its verdict, the compliance counts of its day, and the mis-sorting rule."""

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from linli.alerts.readings import Judged
from linli.alerts.rules import MISSORT
from linli.events import Deposit
from linli.ports.rows import DepositRow, DeviceRow
from linli.timing.days import local_day
from linli.verdict import judge
from linli.waste import Kind


def fold_deposit(epoch: str, event: Deposit, at_ms: int, home: DeviceRow, draft: Draft) -> None:
    """Judge one deposit and count it on the community's local day."""
    site = draft.memory.sites[home.community]
    chosen = home.compartments.get(event.compartment, "")
    verdict = judge(
        site.profile,
        Kind(chosen) if chosen else None,
        event.item,
        event.item_kind,
        event.confidence,
        event.unsure,
    )
    row = DepositRow(
        home.community,
        home.building,
        home.id,
        epoch,
        event.seq,
        event.compartment,
        chosen,
        verdict.seen.value if verdict.seen is not None else "",
        event.item or "",
        event.confidence,
        verdict.outcome.value,
        verdict.gravity.value,
        verdict.reason,
        event.household or "",
        event.weight_kg,
        event.photo_sha256 or "",
        event.model or "",
        f"{site.profile.id}/{site.profile.version}",
        at_ms,
        local_day(at_ms, site.zone),
    )
    draft.group.deposits.append(row)
    key = (row.community, row.building, row.household, row.chosen, row.day, row.outcome)
    draft.count(key, row.weight_kg or 0.0)
    _tell(row, draft)
    trigger = Trigger(f"{epoch}/{event.seq}", at_ms, row.photo_sha256)
    reading = Judged(at_ms, verdict.outcome, verdict.gravity)
    consider(MISSORT, reading, home, event.compartment, trigger, draft)


def _tell(row: DepositRow, draft: Draft) -> None:
    body = {
        "community": row.community,
        "building": row.building,
        "device": row.device,
        "compartment": row.compartment,
        "chosen": row.chosen,
        "seen": row.seen,
        "item": row.item,
        "outcome": row.outcome,
        "gravity": row.gravity,
        "confidence": row.confidence,
        "photo_sha256": row.photo_sha256,
        "at_ms": row.placed_ms,
    }
    draft.tell(row.community, "deposit", f"{row.device}/{row.epoch}/{row.seq}", body)
