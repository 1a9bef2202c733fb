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
from linli.events import Event, encode
from linli.messages import Photo as PhotoMessage
from linli.messages import encode_photo
from linli.ports.commit_group import CommitGroup
from linli.ports.operational import IngestStore
from linli.refusal import Refusal

log = logging.getLogger("ingest.commit")

_DETAIL = "the store will not take it"
_BARE_DETAIL = "even its dead letter was refused"


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
        found by halves: a commit or two for each halving of its group. Within its batch it is found without
        any, and the rest of the batch is one commit.

        What has been said to be settled stays so when StoreUnavailable is raised for what comes after it.
        """
        for parts, draft in self._halve(arrivals):
            if draft is not None:
                yield Settled(len(parts), draft)
                continue
            for less in self._less(parts[0]):
                yield Settled(0, less)
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

    def _less(self, single: Arrival) -> Iterator[Draft]:
        """Commit what can be of a single one that was refused."""
        if isinstance(single, Batch):
            yield from self._sift(single)
        elif (letter := self._first_taken([refused(single), _bare(single)])) is not None:
            yield letter

    def _sift(self, batch: Batch) -> Iterator[Draft]:
        """Commit a refused batch as one, what the store refuses of it as dead letters.

        Its events say of each other when they happened: apart from each other they would lie elsewhere. And
        all of its numbers stand in whatever is tried: admission would judge fewer otherwise.
        """
        pieces = [*batch.events, *batch.refused]
        kept: list[Event | Refused] = [_bare_letter(piece) for piece in pieces]
        waiting = [range(len(pieces))]
        while waiting:
            some = waiting.pop()
            tried = [*kept[: some.start], *pieces[some.start : some.stop], *kept[some.stop :]]
            if len(some) < len(pieces) and self._would_take(_of(batch, tried)):  # all of it was refused
                kept = tried
            elif len(some) > 1:
                middle = len(some) // 2
                waiting += [some[middle:], some[:middle]]
            elif some:
                log.warning(
                    "the store refuses a part", extra={"topic": batch.topic, "seq": kept[some.start].seq}
                )
                tried[some.start] = _letter(pieces[some.start])
                kept = tried if self._would_take(_of(batch, tried)) else kept
        try:
            yield self.write(partial(self._pipeline.apply, [_of(batch, kept)]))
        except StoreRefused as error:
            log.warning(
                "the rest is refused together; each is tried by itself",
                extra={"topic": batch.topic, "why": str(error)},
            )
            yield from self._one_by_one(batch, pieces)

    def _one_by_one(self, batch: Batch, pieces: Sequence[Event | Refused]) -> Iterator[Draft]:
        """Commit each by itself: whatever else changed, no event pays for another."""
        first = min([batch.first, *(piece.seq for piece in pieces if piece.seq)])  # it holds what it sends
        alone = msgspec.structs.replace(batch, first=first)
        for piece in pieces:
            forms = (piece, _letter(piece), _bare_letter(piece))
            draft = self._first_taken([_of(alone, [form]) for form in forms])
            if draft is not None:
                yield draft

    def _first_taken(self, forms: Sequence[Arrival]) -> Draft | None:
        """Commit the first of these that is not refused; None when all are."""
        topic = forms[0].topic
        for form in forms:
            try:
                return self.write(partial(self._pipeline.apply, [form]))
            except StoreRefused as error:
                log.warning("the store refuses it alone", extra={"topic": topic, "why": str(error)})
        log.error("the store refuses even the dead letter; it is dropped", extra={"topic": topic})
        return None

    def _would_take(self, batch: Batch) -> bool:
        try:
            self._attempt(partial(self._pipeline.apply, [batch]), self._store.rehearse)
        except StoreRefused:
            return False
        return True

    def write(self, build: Callable[[Draft], object]) -> Draft:
        """Let `build` fill a draft, and commit it; again from the start when an operator was faster."""
        draft = self._attempt(build, self._store.commit)
        draft.adopt()
        return draft

    def _attempt(self, build: Callable[[Draft], object], take: Callable[[CommitGroup, int], None]) -> Draft:
        while True:
            try:
                if not self._memory.loaded:
                    self._memory.load()
                draft = Draft(self._memory, self._clock())
                _fill(build, draft)
                group = draft.close()
                if group:
                    take(group, self._memory.version)
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


def _of(batch: Batch, pieces: Sequence[Event | Refused]) -> Batch:
    """The same of these alone."""
    events = [piece for piece in pieces if not isinstance(piece, Refused)]
    bad = [piece for piece in pieces if isinstance(piece, Refused)]
    return msgspec.structs.replace(batch, events=events, refused=bad)


def _letter(piece: Event | Refused) -> Refused:
    """A part of a batch as something the store has refused."""
    raw = piece.raw if isinstance(piece, Refused) else encode(piece)
    return Refused(piece.seq, Refusal.STORE_REFUSED, _DETAIL, raw)


def _bare_letter(piece: Event | Refused) -> Refused:
    """The last word: that it was refused, without anything of it but its number."""
    return Refused(piece.seq, Refusal.STORE_REFUSED, _BARE_DETAIL, b"")


def refused(single: StatusArrival | ReplyArrival | PhotoArrival | Letter) -> Letter:
    """A single arrival as something the store has refused."""
    topic, reason, received_ms = single.topic, Refusal.STORE_REFUSED, single.received_ms
    match single:
        case PhotoArrival():
            raw = encode_photo(PhotoMessage(single.header, single.jpeg))
            return Letter(topic, reason, _DETAIL, raw, received_ms, single.device, single.header)
        case StatusArrival():
            return Letter(topic, reason, _DETAIL, encode(single.status), received_ms)
        case ReplyArrival():
            return Letter(topic, reason, _DETAIL, encode(single.reply), received_ms)
        case Letter():
            return Letter(topic, reason, single.reason, single.raw, received_ms)


def _bare(single: Arrival) -> Letter:
    """The last word of it."""
    return Letter("", Refusal.STORE_REFUSED, _BARE_DETAIL, b"", single.received_ms)
