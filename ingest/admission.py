"""What anybody at the broker could make without an end is bounded: devices, epochs, gaps.

A name is free to make up, and each new one costs a row, memory, and a line on a page. So there is room for so
many devices that nobody accepted, for so many new epochs of a device in a day, and for so many gaps in an
epoch. What is past that is refused as a whole: counted and kept by its reason, and not settled, so that a
device that means it sends it again, when somebody has accepted it or its gaps are filled.
"""

from collections.abc import Sequence

from ingest.broker.message import Arrival, Batch, Letter, ReplyArrival, StatusArrival, Stream
from ingest.draft import Draft
from linli.events import encode
from linli.ports.operational import DeviceKey
from linli.refusal import Refusal
from linli.seqs import SeqSet

EPOCHS_A_DAY = 100
"""A device without safe memory begins one at each start: every quarter of an hour is a start too often."""
RANGES_MAX = 1_000
"""Settled ranges of an epoch, one more than its gaps. One that sends again what is missing has a few."""
DAY_MS = 86_400_000


class Admission:
    """The bounds, over what memory knows and what was let in since it was read."""

    def __init__(self, strangers_max: int) -> None:
        self._strangers_max = strangers_max
        self._loads = -1
        self._known_strangers = 0
        self._new_strangers: set[DeviceKey] = set()
        self._day = 0
        self._new_epochs: dict[DeviceKey, set[str]] = {}

    def admit(self, arrivals: Sequence[Arrival], draft: Draft) -> list[Arrival]:
        """The same, with what has no room as Letters. Ledgers of the batches are in memory."""
        self._look(draft)
        coming = _coming(arrivals)
        many: dict[Stream, SeqSet] = {}
        return [self._admit(each, coming, many, draft) for each in arrivals]

    def _look(self, draft: Draft) -> None:
        memory = draft.memory
        if self._loads != memory.loads:
            self._loads = memory.loads
            self._known_strangers = sum(not row.accepted for row in memory.devices.values())
            self._new_strangers.clear()
        day = draft.now_ms // DAY_MS
        if self._day != day:
            self._day = day
            self._new_epochs.clear()

    def _admit(
        self, each: Arrival, coming: dict[Stream, int], many: dict[Stream, SeqSet], draft: Draft
    ) -> Arrival:
        """`many`: what is settled of the streams that this group could bring past the bound."""
        device = each.device
        if device is None or isinstance(each, Letter):
            return each
        if device not in draft.memory.devices and not self._has_room(device):
            detail = f"{self._strangers_max} devices wait to be accepted already"
            return _refused(each, Refusal.UNKNOWN_DEVICES, detail)
        if isinstance(each, Batch):
            stream, ledger = each.stream, draft.memory.ledger(each.stream)
            if not ledger.first_ms and not self._may_begin(each):
                detail = f"its {EPOCHS_A_DAY} new epochs of this day are used up"
                return _refused(each, Refusal.EPOCHS, detail)
            if ledger.settled.parts + coming[stream] > RANGES_MAX:
                after = _with(each, many.get(stream, ledger.settled))
                if after is None:
                    detail = f"it would leave more than {RANGES_MAX - 1} gaps in its numbers"
                    return _refused(each, Refusal.GAPS, detail)
                many[stream] = after
        return each

    def _has_room(self, device: DeviceKey) -> bool:
        if device in self._new_strangers:
            return True
        if self._known_strangers + len(self._new_strangers) >= self._strangers_max:
            return False
        self._new_strangers.add(device)
        return True

    def _may_begin(self, batch: Batch) -> bool:
        begun = self._new_epochs.setdefault(batch.device, set())
        if batch.epoch not in begun and len(begun) >= EPOCHS_A_DAY:
            return False
        begun.add(batch.epoch)
        return True


def _coming(arrivals: Sequence[Arrival]) -> dict[Stream, int]:
    """How many numbers this group brings of each stream."""
    coming: dict[Stream, int] = {}
    for each in arrivals:
        if isinstance(each, Batch):
            coming[each.stream] = coming.get(each.stream, 0) + len(each.events) + len(each.refused)
    return coming


def _with(batch: Batch, settled: SeqSet) -> SeqSet | None:
    """What is settled with this batch; None if that leaves too many ranges, and more than there were."""
    seqs = [event.seq for event in batch.events] + [bad.seq for bad in batch.refused if bad.seq is not None]
    after = settled.copy()
    after.add(1, min([batch.first, *seqs]) - 1)
    if seqs and seqs == list(range(seqs[0], seqs[0] + len(seqs))):
        after.add(seqs[0], seqs[-1])
    else:
        for seq in seqs:
            after.add(seq)
    return after if after.parts <= max(RANGES_MAX, settled.parts) else None


def _refused(each: Arrival, reason: Refusal, detail: str) -> Letter:
    """Not answered: nothing of it is settled. A known device was heard all the same."""
    raw = b""
    match each:
        case Batch() if each.events:
            raw = encode(each.events[0])
        case StatusArrival():
            raw = encode(each.status)
        case ReplyArrival():
            raw = encode(each.reply)
    return Letter(each.topic, reason, detail, raw, each.received_ms, each.device, retained=each.retained)
