"""Second stage: each event once. A number is settled when stored, refused, or given up by its device."""

from collections.abc import Iterable

from msgspec import Struct

from ingest.draft import Draft, OpenLedger
from ingest.message import Batch
from linli.events import Event
from linli.messages import REFUSED_IN_RECEIPT, RefusedSeq
from linli.ports.operational import DeviceKey


class Fresh(Struct, gc=False):
    """An event that was never stored."""

    device: DeviceKey
    epoch: str
    event: Event
    sent: int | None
    received_ms: int
    ledger: OpenLedger


def deduplicate(batches: Iterable[Batch], draft: Draft) -> list[Fresh]:
    """The events of `batches` that are new, in order; the others are counted."""
    fresh: list[Fresh] = []
    for batch in batches:
        key = (*batch.device, batch.epoch)
        ledger = draft.ledger(key)
        draft.answer(key)
        for event in batch.events:
            if ledger.settled.add(event.seq):
                ledger.received += 1
                fresh.append(Fresh(batch.device, batch.epoch, event, batch.sent, batch.received_ms, ledger))
            else:
                ledger.duplicate += 1
                draft.counted["duplicates"] += 1
        if batch.refused:
            _refuse(batch, ledger, draft)
        if batch.first > 1:
            _settle_given_up(batch, ledger, draft)
    draft.counted["events"] += len(fresh)
    return fresh


def _refuse(batch: Batch, ledger: OpenLedger, draft: Draft) -> None:
    told = draft.answer((*batch.device, batch.epoch)).refused
    for refused in batch.refused:
        draft.bury(batch.topic, refused.reason, refused.detail, refused.raw, batch.received_ms)
        if refused.seq is None:
            continue
        if ledger.settled.add(refused.seq):
            ledger.dead += 1
        else:
            ledger.duplicate += 1
        if len(told) < REFUSED_IN_RECEIPT:
            told.append(RefusedSeq(refused.seq, refused.reason))


def _settle_given_up(batch: Batch, ledger: OpenLedger, draft: Draft) -> None:
    # A device holds what it sends: a `first` past its own events is a slip, and not to be believed that far.
    seqs = [event.seq for event in batch.events] + [r.seq for r in batch.refused if r.seq is not None]
    first = min(batch.first, *seqs) if seqs else batch.first
    dropped = ledger.settled.add(1, first - 1)
    if dropped:
        ledger.dropped += dropped
        draft.counted["dropped"] += dropped
