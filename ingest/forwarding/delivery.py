"""Points into the time-series store: what can be written is, and what cannot now is named."""

from collections.abc import Callable

from msgspec import Struct

from ingest.forwarding.held import FULL, Held
from ingest.forwarding.points import Points
from linli.errors import HistoryFailed, HistoryFull
from linli.ports.history import PointSink, RejectedPoint

STUCK_AFTER_MS = 600_000
"""A store that has answered 500 for so long does not look as if it would heal by itself."""
DAYS_TRIED = 16
"""Of one writing that failed: when none of so many days passes, the others need not be tried."""


class Trouble(Struct):
    """What the store last said while part of the points cannot be written."""

    said: str
    since_ms: int
    lasting: bool = False
    """It will not pass by itself."""


class Rejected(Struct):
    """So many `points` will never be taken: that of `number`, or some of those `among` these numbers."""

    number: int
    detail: str
    points: int
    among: list[int]


class Outcome(Struct):
    """`later`: numbers of points that must come again. `rejected`: those never to be taken, and why."""

    later: list[int]
    rejected: list[Rejected]


class Delivery:
    """`steady`: ms that only grow."""

    def __init__(self, sink: PointSink, held: Held, steady: Callable[[], int]) -> None:
        self._sink = sink
        self._held = held
        self._steady = steady
        self._trouble: Trouble | None = None
        self.written = 0

    @property
    def trouble(self) -> Trouble | None:
        """What was said last while something of what came cannot be written."""
        return self._trouble if len(self._held) else None

    @property
    def is_clear(self) -> bool:
        """Nothing is held."""
        return not len(self._held)

    def write_text(self, lines: bytes) -> bool:
        """Write all of these lines at once; False when `write` must find out what of them can be written.

        Raises HistoryUnavailable and HistoryRefused when nothing can be written at all.
        """
        try:
            taken = self._sink.write_text(lines)
        except (HistoryFailed, HistoryFull):
            return False
        if taken:
            self.written += lines.count(b"\n") + 1
        return taken

    def write(self, points: Points) -> Outcome:
        """Write what can be written.

        Raises HistoryUnavailable and HistoryRefused when nothing can be written at all.
        """
        outcome = Outcome([], [])
        if len(self._held):
            points = self._leave_out(points, outcome)
        if points.lines:
            try:
                self._send(points, outcome)
            except HistoryFull as error:
                self._note(str(error), lasting=True)
                self._held.hold(FULL)
                outcome.later += points.numbers
            except HistoryFailed as error:
                self._by_day(points, error, outcome)
            else:
                self._release(points)
        return outcome

    def _leave_out(self, points: Points, outcome: Outcome) -> Points:
        """Without those of days that are held."""
        days = points.days()
        left_out = [i for day, positions in days.items() if self._held.holds(day) for i in positions]
        if not left_out:
            return points
        outcome.later += [points.numbers[i] for i in left_out]
        gone = set(left_out)
        return points.only(i for i in range(len(points.lines)) if i not in gone)

    def _by_day(self, points: Points, error: HistoryFailed, outcome: Outcome) -> None:
        """It failed as a whole: each day alone, so that one that is broken holds up no other."""
        self._note(str(error), lasting=error.lasting)
        days = points.days()
        failed = 0
        for day, positions in days.items():
            some = points.only(positions)
            if len(days) > 1 and failed < DAYS_TRIED:
                try:
                    self._send(some, outcome)
                    self._held.release(day)
                    continue
                except HistoryFull as full:
                    self._note(str(full), lasting=True)
                    self._held.hold(FULL)
                    outcome.later += some.numbers
                    continue
                except HistoryFailed as again:
                    self._note(str(again), lasting=again.lasting)
                    failed += 1
            self._held.hold(day)
            outcome.later += some.numbers

    def _send(self, points: Points, outcome: Outcome) -> None:
        rejected = self._sink.write(points.lines)
        outcome.rejected += [_rejected(each, points.numbers) for each in rejected]
        self.written += len(points.lines) - sum(1 + each.others for each in rejected)

    def _release(self, points: Points) -> None:
        if len(self._held):
            for day in points.days():
                self._held.release(day)

    def _note(self, said: str, *, lasting: bool) -> None:
        since = self.trouble.since_ms if self.trouble is not None else self._steady()
        lasting = lasting or self._steady() - since >= STUCK_AFTER_MS
        self._trouble = Trouble(said, since, lasting)


def _rejected(point: RejectedPoint, numbers: list[int]) -> Rejected:
    among = point.among or [point.index]
    return Rejected(numbers[point.index], point.detail, 1 + point.others, [numbers[i] for i in among])
