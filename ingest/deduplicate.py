"""Each event once. A number is settled when stored, refused, or given up by its device."""

from collections.abc import Iterable

from msgspec import Struct

from ingest.broker.message import Batch
from ingest.draft import Draft, OpenLedger
from linli.events import Event
from linli.messages import REFUSED_IN_RECEIPT, RefusedSeq


class Fresh(Struct, gc=False):
    """The events of one batch that were never stored, in order."""

    batch: Batch
    ledger: OpenLedger
    events: list[Event]


def deduplicate(batches: Iterable[Batch], draft: Draft) -> list[Fresh]:
    """What is new of each batch; the rest is counted."""
    found: list[Fresh] = []
    new = again = 0
    for batch in batches:
        ledger = draft.ledger(batch.stream)
        draft.settle(batch.stream)
        events = _unsettled(batch.events, ledger)
        if events:
            found.append(Fresh(batch, ledger, events))
            ledger.received += len(events)
            new += len(events)
        if len(events) < len(batch.events):
            ledger.duplicate += len(batch.events) - len(events)
            again += len(batch.events) - len(events)
        if batch.refused:
            _refuse(batch, ledger, draft)
        if batch.first > 1:
            _settle_given_up(batch, ledger, draft)
    draft.counted["events"] += new
    draft.counted["duplicates"] += again
    return found


def _unsettled(events: list[Event], ledger: OpenLedger) -> list[Event]:
    """Settle these; returns those that were not before. Numbers in a row are settled in one step."""
    settled = ledger.settled
    if len(events) > 1:
        first, last = events[0].seq, events[-1].seq
        in_a_row = last - first + 1 == len(events) and [e.seq for e in events] == list(range(first, last + 1))
        if in_a_row and not settled.meets(first, last):
            settled.add(first, last)
            return events
    return [event for event in events if settled.add(event.seq)]


def _refuse(batch: Batch, ledger: OpenLedger, draft: Draft) -> None:
    told = draft.answer(batch.stream).refused
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
