"""Stored events and alert changes on their way to the time-series store; those it refuses, to the people."""

from collections.abc import Callable, Sequence

from ingest.forwarding.delivery import Delivery, Rejected
from ingest.forwarding.points import Source, alert_points, alert_source, event_points, event_source
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.forwarding import PlainPoints, PointRow, Range
from linli.seqs import SeqSet

TOLD_PARTS_MAX = 10_000
CAREFUL_PIECES = 20

Refusals = list[tuple[Source, str, int]]
"""(where the point came from, what was said of it, how many points it stands for)"""


class Posting:
    """`read` has the events of a range; `bury` is given what will never be a point, each point once.

    `plain` has most of them as lines already. It is asked while all is taken: what is refused, or waits,
    must be known by its event.
    """

    def __init__(
        self,
        read: Callable[[int, int], list[PointRow]],
        delivery: Delivery,
        bury: Callable[[Refusals], None],
        plain: Callable[[int, int], PlainPoints] | None = None,
    ) -> None:
        self._read = read
        self._delivery = delivery
        self._bury = bury
        self._plain = plain
        self._careful = 0
        """How many pieces more are read event by event: something was refused."""
        self._events, self._alerts = Told(), Told()

    def events(self, first: int, last: int) -> Range | None:
        """Write the points of events `first`..`last`; returns what must be written again later.

        Raises HistoryUnavailable, HistoryRefused and StoreUnavailable; nothing has then been buried.
        """
        rows = self._left(first, last)
        if not rows:
            return None
        points, unwritable = event_points(rows)
        outcome = self._delivery.write(points)
        rejected = [Rejected(rows[i][0], why, 1, [rows[i][0]]) for i, why in unwritable]
        rejected += [
            Rejected(each.number, f"event {each.number}: {each.detail}", each.points, each.among)
            for each in outcome.rejected
        ]
        if rejected:
            of = {row[0]: row for row in rows}
            self._tell(rejected, self._events, lambda number: event_source(of[number]))
        return (min(outcome.later), max(outcome.later)) if outcome.later else None

    def _left(self, first: int, last: int) -> list[PointRow]:
        """What is still to be written of them, when that which can be written as it is has been."""
        if self._plain is None or self._careful or not self._delivery.is_clear:
            self._careful = max(0, self._careful - 1)
            return self._read(first, last)
        lines, others = self._plain(first, last)
        if lines and not self._delivery.write_text(lines):
            self._careful = CAREFUL_PIECES
            return self._read(first, last)
        return others

    def alerts(self, changes: Sequence[tuple[AlertChange, AlertRow]]) -> int | None:
        """Write the points of these changes; returns the first that must be written again later."""
        outcome = self._delivery.write(alert_points(changes))
        if outcome.rejected:
            of = {change.number: (change, row) for change, row in changes}
            self._tell(outcome.rejected, self._alerts, lambda number: alert_source(*of[number]))
        if not outcome.later:
            self._alerts.forget()
        return min(outcome.later, default=None)

    def forget(self) -> None:
        """No event that has been tried will be tried again."""
        self._events.forget()

    def _tell(self, rejected: Sequence[Rejected], told: "Told", source: Callable[[int], Source]) -> None:
        news = [(each, told.new(each)) for each in rejected]
        refusals = [(source(each.number), each.detail, points) for each, points in news if points]
        if refusals:
            self._bury(refusals)
        for each, _ in news:
            told.note(each)


class Told:
    """Numbers of points whose refusal has been told. What lies around a point that must come again comes
    again with it, and is refused again.
    """

    def __init__(self) -> None:
        self._numbers = SeqSet()

    def new(self, rejected: Rejected) -> int:
        """How many of these points have not been told."""
        unknown = sum(number not in self._numbers for number in rejected.among)
        return min(rejected.points, unknown)

    def note(self, rejected: Rejected) -> None:
        """They have been."""
        if self._numbers.parts > TOLD_PARTS_MAX:
            self._numbers = SeqSet()
        for number in rejected.among:
            self._numbers.add(number)

    def forget(self) -> None:
        """None of them will come again."""
        if self._numbers.parts:
            self._numbers = SeqSet()
