"""Stored events and alert changes on their way to the time-series store; those it refuses, to the people."""

from collections.abc import Callable, Sequence

from ingest.forwarding.delivery import Delivery
from ingest.forwarding.points import Source, alert_points, alert_source, event_points, event_source
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.forwarding import PointRow, Range
from linli.ports.history import RejectedPoint

Refusals = list[tuple[Source, str, int]]
"""(where the point came from, what was said of it, how many points it stands for)"""


class Posting:
    """`read` has the events of a range; `bury` is given what will never be a point."""

    def __init__(
        self,
        read: Callable[[int, int], list[PointRow]],
        delivery: Delivery,
        bury: Callable[[Refusals], None],
    ) -> None:
        self._read = read
        self._delivery = delivery
        self._bury = bury

    def events(self, first: int, last: int) -> Range | None:
        """Write the points of events `first`..`last`; returns what must be written again later.

        Raises HistoryUnavailable, HistoryRefused and StoreUnavailable; nothing has then been buried.
        """
        rows = self._read(first, last)
        if not rows:
            return None
        points, unwritable = event_points(rows)
        outcome = self._delivery.write(points)
        refusals: Refusals = [(event_source(rows[i]), why, 1) for i, why in unwritable]
        refusals += _told(outcome.rejected, {row[0]: row for row in rows} if outcome.rejected else {})
        if refusals:
            self._bury(refusals)
        return (min(outcome.later), max(outcome.later)) if outcome.later else None

    def alerts(self, changes: Sequence[tuple[AlertChange, AlertRow]]) -> int | None:
        """Write the points of these changes; returns the first that must be written again later."""
        outcome = self._delivery.write(alert_points(changes))
        if outcome.rejected:
            of = {change.number: alert_source(change, row) for change, row in changes}
            self._bury([(of[number], each.detail, 1 + each.others) for number, each in outcome.rejected])
        return min(outcome.later, default=None)


def _told(rejected: list[tuple[int, RejectedPoint]], rows: dict[int, PointRow]) -> Refusals:
    return [
        (event_source(rows[number]), f"event {number}: {each.detail}", 1 + each.others)
        for number, each in rejected
    ]
