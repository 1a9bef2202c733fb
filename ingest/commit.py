"""The commit: one transaction for a group, and what becomes of a group that the store does not take."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec
from msgspec import Struct

from ingest.broker.message import Arrival, Batch, Letter, PhotoArrival, ReplyArrival, StatusArrival
from ingest.draft import Draft
from ingest.memory import Memory
from ingest.pipeline import Pipeline
from linli.batch import Refused
from linli.errors import StaleState, StoreError, StoreRefused, StoreUnavailable
from linli.events import encode
from linli.messages import Photo as PhotoMessage
from linli.messages import encode_photo
from linli.ports.operational import IngestStore
from linli.refusal import Refusal

log = logging.getLogger("ingest.commit")


class Settled(Struct):
    """A commit: how many more of what arrived need nothing more, and what was committed, if anything was."""

    arrivals: int
    draft: Draft | None


class Committer:
    """Builds drafts and commits them. Raises StoreUnavailable; memory has then been forgotten."""

    def __init__(
        self, store: IngestStore, memory: Memory, pipeline: Pipeline, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._memory = memory
        self._pipeline = pipeline
        self._clock = clock

    def settle(self, arrivals: Sequence[Arrival]) -> Iterator[Settled]:
        """Commit what arrived, in its order. One that the store will never take costs itself alone, and is
        found by halves: a commit or two for each halving of its group, and again within its batch.

        What has been said to be settled stays so when StoreUnavailable is raised for what comes after it.
        """
        for parts, draft in self._halve(arrivals):
            if draft is not None:
                yield Settled(len(parts), draft)
                continue
            for pieces, of_pieces in self._halve(singles(parts)):
                found = of_pieces or self._refuse(pieces[0])
                if found is not None:
                    yield Settled(0, found)
            yield Settled(1, None)

    def _halve(self, parts: Sequence[Arrival]) -> Iterator[tuple[Sequence[Arrival], Draft | None]]:
        """What could be committed together, in order; each that could not be alone, with None."""
        waiting = [parts]
        while waiting:
            some = waiting.pop()
            try:
                draft = self.write(partial(self._pipeline.apply, some))
            except StoreRefused as error:
                log.warning("the store refuses it", extra={"parts": len(some), "why": str(error)})
                if len(some) > 1:
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
                    continue
                yield some, None
            else:
                yield some, draft

    def _refuse(self, single: Arrival) -> Draft | None:
        for attempt in (refused(single), _bare(single)):
            try:
                return self.write(partial(self._pipeline.apply, [attempt]))
            except StoreRefused as error:
                log.warning(
                    "the store refuses its dead letter", extra={"topic": single.topic, "why": str(error)}
                )
        log.error("the store refuses even the dead letter; it is dropped", extra={"topic": single.topic})
        return None

    def write(self, build: Callable[[Draft], object]) -> Draft:
        """Let `build` fill a draft, and commit it; again from the start when an operator was faster."""
        while True:
            try:
                if not self._memory.loaded:
                    self._memory.load()
                draft = Draft(self._memory, self._clock())
                _fill(build, draft)
                group = draft.close()
                if group:
                    self._store.commit(group, self._memory.version)
            except StaleState:
                self._memory.forget()
                continue
            except StoreRefused:
                raise
            except StoreError:
                self._memory.forget()
                raise
            except (OSError, MemoryError) as error:
                # The machine's trouble, not the message's: it may pass, and a refusal would be for good.
                self._memory.forget()
                raise StoreUnavailable(f"the machine: {type(error).__name__}: {error}") from error
            draft.adopt()
            return draft


def _fill(build: Callable[[Draft], object], draft: Draft) -> None:
    try:
        build(draft)
    except (StoreError, OSError, MemoryError):
        raise
    except Exception as error:
        # A fault of ours. One message must not stop all the others, for ever, at every restart.
        log.exception("a stage failed; this is a fault of linli")
        raise StoreRefused(f"a stage failed: {type(error).__name__}: {error}") from error


def singles(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The same, in the smallest pieces that can be refused: a batch becomes one batch for each of its
    events.
    """
    pieces: list[Arrival] = []
    for each in arrivals:
        if isinstance(each, Batch):
            pieces += [_part(each, [event], []) for event in each.events]
            pieces += [_part(each, [], [bad]) for bad in each.refused]
            seqs = [event.seq for event in each.events] + [bad.seq for bad in each.refused if bad.seq]
            first = min([each.first, *seqs])  # it holds what it sends
            pieces.append(_part(each, [], [], first=first))  # at last what the device has given up
        else:
            pieces.append(each)
    return pieces


def _part(batch: Batch, events: list, bad: list[Refused], first: int = 1) -> Batch:  # type: ignore[type-arg]
    return msgspec.structs.replace(batch, first=first, events=events, refused=bad)


def refused(single: Arrival) -> Arrival:
    """A single arrival as something the store has refused."""
    detail = "the store will not take it"
    match single:
        case Batch():
            bad = [
                Refused(event.seq, Refusal.STORE_REFUSED, detail, encode(event)) for event in single.events
            ]
            bad += [Refused(r.seq, Refusal.STORE_REFUSED, detail, r.raw) for r in single.refused]
            return _part(single, [], bad, single.first)
        case PhotoArrival():
            raw = encode_photo(PhotoMessage(single.header, single.jpeg))
            return Letter(
                single.topic,
                Refusal.STORE_REFUSED,
                detail,
                raw,
                single.received_ms,
                single.device,
                single.header,
            )
        case StatusArrival():
            return Letter(
                single.topic, Refusal.STORE_REFUSED, detail, encode(single.status), single.received_ms
            )
        case ReplyArrival():
            return Letter(
                single.topic, Refusal.STORE_REFUSED, detail, encode(single.reply), single.received_ms
            )
        case Letter():
            return Letter(single.topic, Refusal.STORE_REFUSED, single.reason, single.raw, single.received_ms)


def _bare(single: Arrival) -> Arrival:
    """The last word: that something was refused, without anything of it but its numbers."""
    if isinstance(single, Batch):
        seqs = [event.seq for event in single.events] + [r.seq for r in single.refused]
        bad = [Refused(seq, Refusal.STORE_REFUSED, "even its dead letter was refused", b"") for seq in seqs]
        return _part(single, [], bad, single.first)
    return Letter("", Refusal.STORE_REFUSED, "even its dead letter was refused", b"", single.received_ms)
