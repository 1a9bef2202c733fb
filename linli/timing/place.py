"""Placing the events of a batch in time. Pure: what is known goes in, and what is known then comes out.

From the last event to the first, since what is true of an event binds the one before it: it was not later.
A clock that was set in between shows as a stamp against that order. What was stamped before belongs to
another clock: one that is known from earlier batches, or one of which only distances can be told.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from linli.events import Event
from linli.seqs import SeqSet
from linli.timing.clock import (
    AGE_MAX_MS,
    BELIEVED_MS,
    SAME_MS,
    DeviceClock,
    Offset,
    Sending,
    remembering,
    sending,
    sent_by,
)
from linli.timing.reasons import PlacedBy
from linli.timing.runs import Runs, bounds, closed, with_placed

SET_BACK_MS: Final = 120_000
"""A stamp that is against the order by less is worth no alert."""


class Signs(Struct, frozen=True, gc=False):
    """How well a clock stamped: off by `off_ms` as far as that is `known`. `absurd`: a stamp is true by no
    clock of the device. `set_back`: one is against the order.
    """

    off_ms: int
    known: bool
    absurd: bool
    set_back: bool


class Placing(Struct, frozen=True, gc=False):
    """Events in the order of their numbers, when each happened (ms UTC), and why (None: all by their clock).

    `clock` is what is known now; `signs` is None when there is nothing to say of it.
    """

    events: Sequence[Event]
    times: list[int]
    reasons: list[PlacedBy] | None
    clock: DeviceClock
    signs: Signs | None


def place(
    events: Sequence[Event],
    sent: int | None,
    offset_ms: int | None,
    received: int,
    clock: DeviceClock,
    settled: SeqSet,
) -> Placing:
    """Place the new events of one batch. All ms; `sent`, `offset_ms` as the batch says them.

    `settled` are the numbers of its epoch of which nothing can come any more, `clock` what is known of it.
    """
    times = _calm(events, sent, offset_ms, received, clock)
    if times is None:
        return _with_care(events, sent, offset_ms, received, clock, settled)
    first, first_ms, _, _ = clock.runs[0]
    run = (first, first_ms, events[-1].seq, times[-1])
    now = DeviceClock((run,), suspect=False, offset=clock.offset, earlier=clock.earlier)
    return Placing(events, times, None, now, None)


def _calm(
    events: Sequence[Event], sent: int | None, offset_ms: int | None, received: int, clock: DeviceClock
) -> list[int] | None:
    """The stamps themselves, when nothing speaks against them; None when something may. Nearly all is so."""
    if clock.suspect or clock.offset[0] or len(clock.runs) != 1:
        return None
    if clock.waited is not None or clock.doubted is not None:
        return None
    if offset_ms is not None and not -BELIEVED_MS <= offset_ms <= BELIEVED_MS:
        return None
    latest = received
    if sent is not None:
        if not -BELIEVED_MS <= received - sent <= BELIEVED_MS:
            return None
        latest = min(received, sent + SAME_MS)
    _, _, seq, at = clock.runs[0]
    return _straight(events, 0, seq, max(at, received - AGE_MAX_MS), latest)


def _straight(events: Sequence[Event], offset: int, seq: int, at: int, latest: int) -> list[int] | None:
    """Every stamp + offset, when they ascend from `at` to `latest` and the numbers follow on `seq`."""
    times = []
    for event in events:
        seq += 1
        ts = event.ts
        if ts is None or event.seq != seq:
            return None
        ts += offset
        if ts < at:
            return None
        at = ts
        times.append(ts)
    return times if at <= latest else None


def _with_care(
    events: Sequence[Event],
    sent: int | None,
    offset_ms: int | None,
    received: int,
    clock: DeviceClock,
    settled: SeqSet,
) -> Placing:
    ordered = sorted(events, key=_seq)
    runs = closed(clock.runs, settled)
    first, last = ordered[0].seq, ordered[-1].seq
    newer = not runs or runs[-1][2] < first
    newest_ms, _ = bounds(runs, last)
    if newest_ms is not None and newest_ms > received:
        newest_ms = None
    shown = sent if sent is not None else ordered[-1].ts
    by = sending(clock, sent, offset_ms, received, shown, newest_ms)
    row = _Row(by, sent, received, clock, runs)
    times = row.straight(ordered, newest_ms) if newer else None
    if times is not None:
        reasons = [by.offset[1]] * len(times)
        runs = with_placed(runs, [(first, times[0], last, times[-1])])
    else:
        for event in reversed(ordered):
            row.put(event)
        times, reasons = row.times[::-1], row.reasons[::-1]
        runs = with_placed(runs, [(e.seq, at, e.seq, at) for e, at in zip(ordered, times, strict=True)])
    runs = closed(runs, settled)
    signs = Signs(by.off_ms, by.known, row.absurd, row.set_back)
    wrong = by.offset[0] != 0 or row.absurd or row.set_back
    now = replace(sent_by(clock, by), runs=runs, suspect=wrong)
    if row.anchored is not None:
        now = replace(now, earlier=remembering(now.earlier, row.anchored))
    return Placing(ordered, times, reasons, now, signs)


def _seq(event: Event) -> int:
    return event.seq


class _Row:
    """The events of a batch while they are put in time, the last first."""

    def __init__(self, by: Sending, sent: int | None, received: int, clock: DeviceClock, runs: Runs) -> None:
        self._received = received
        self._sending = by.offset
        self._offset = by.offset
        """Of the clock that stamped the event put last."""
        self._known = [by.offset, clock.offset, *clock.earlier]
        self._runs = runs
        self._floor = max(0, received - AGE_MAX_MS)
        self._sent = received if sent is None else max(0, min(received, sent + by.offset[0]))
        self._upper = min(received, self._sent + SAME_MS)
        self._bound_by_neighbour = False
        self._beyond: int | None = None
        """The neighbour after the event put last, where there is one."""
        self.times: list[int] = []
        self.reasons: list[PlacedBy] = []
        self.absurd = self.set_back = False
        self.anchored: Offset | None = None

    def straight(self, events: Sequence[Event], newest_ms: int | None) -> list[int] | None:
        """All of them, when none is against the order; they are newer than all that is placed."""
        lower = self._floor if newest_ms is None else max(newest_ms, self._floor)
        return _straight(events, self._offset[0], events[0].seq - 1, lower, self._upper)

    def put(self, event: Event) -> None:
        """The next one, which is before all that are put."""
        lower, right = bounds(self._runs, event.seq)
        upper = self._upper
        if right is not None and right < upper:
            upper, self._bound_by_neighbour = right, True
        if lower is None or lower > self._received:  # a clock of ours placed it that has been put right since
            lower = self._floor
        else:
            upper = max(upper, lower)  # the order binds more than when it says it was sent
            lower = max(lower, self._floor)
        lower = min(lower, upper)
        stored_between = right is not None and bool(self.times) and right <= self.times[-1]
        if event.ts is not None and not stored_between:
            upper = self._bound_beyond(self._at(event.ts, self._offset), lower, upper)
        if event.ts is None:
            at, reason = self._sent - event.age_ms, PlacedBy.AGE
        else:
            at, reason = self._stamped(event.ts, lower, upper)
        held = min(max(at, lower), upper)
        if held > at or (held < at and self._bound_by_neighbour):
            reason = reason if reason.quarantined or reason is PlacedBy.AGE else PlacedBy.ORDER
        self.times.append(held)
        self.reasons.append(reason)
        self._beyond = upper if self._bound_by_neighbour else None
        self._upper, self._bound_by_neighbour = held, True

    def _bound_beyond(self, at: int, lower: int, upper: int) -> int:
        """The upper bound, once the event put last is put back when it alone is against the order."""
        beyond = self._beyond
        if beyond is None or not max(lower, upper + SAME_MS + 1) <= at <= beyond:
            return upper
        self.set_back |= at - upper > SET_BACK_MS
        self.times[-1], self.reasons[-1] = at, PlacedBy.ORDER
        return at

    def _stamped(self, ts: int, lower: int, upper: int) -> tuple[int, PlacedBy]:
        if not lower - SAME_MS <= self._at(ts, self._offset) <= upper + SAME_MS:
            self._offset = self._other(ts, lower, upper)
        reason = self._offset[1]
        self.absurd |= reason.quarantined
        return self._at(ts, self._offset), reason

    def _at(self, ts: int, offset: Offset) -> int:
        """By this clock, but not in the future: a clock that is right may be ahead by a little."""
        at = ts + offset[0]
        return min(at, self._received) if at <= self._received + BELIEVED_MS else at

    def _other(self, ts: int, lower: int, upper: int) -> Offset:
        """Another clock of the device by which the stamp is true, or else the distance to its neighbour."""
        for known in self._known:
            if lower - SAME_MS <= self._at(ts, known) <= upper + SAME_MS:
                return known
        at = ts + self._sending[0]
        if self._floor <= at <= self._received + BELIEVED_MS:
            reason = PlacedBy.ORDER
            self.set_back |= not lower - SET_BACK_MS <= at <= upper + SET_BACK_MS
        elif self._bound_by_neighbour:
            reason = PlacedBy.ABSURD_BY_ORDER
        else:
            reason = PlacedBy.ABSURD_BY_SENDING
        self.anchored = (min(upper, self._sent) - ts, reason)
        return self.anchored
