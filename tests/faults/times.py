"""When events happened, as linli says and as they did: to the millisecond where the clock was right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from linli.ports.alert_rows import AlertRow
from linli.ports.rows import EventRow
from linli.timing.clock import BELIEVED_MS
from tests.faults.happenings import LATE_HEAT_N, LATE_HEAT_PLACE, Happening
from tests.faults.truth import Truth
from tests.faults.wallclock import DRIFTS_MS_A_MS

UNDERWAY_MS = 5_000
"""A device whose clock is wrong knows by how much only as well as its receipts tell, and linli before them as
well as its batches do: by so long as either was underway.
"""

Timed = defaultdict[str, list[tuple[Happening, EventRow]]]
"""device -> what happened, and as it is stored"""


def accusations(timed: Timed, truth: Truth, alerts: Sequence[AlertRow]) -> Iterator[str]:
    """Everything that is wrong, a line each."""
    for device, events in timed.items():
        lost = truth.lost_clocks.get(device, frozenset())
        for happened, row in events:
            after = row.placed_ms - happened.at_ms
            # Of what a forgotten clock stamped, only the order is known: decision 11.
            if happened.n not in lost and abs(after) > _allowed(happened, row, truth):
                yield f"misplaced: {device} {row.seq} by {after} ms ({row.placed_reason})"
        times = [row.placed_ms for _, row in sorted(events, key=lambda each: each[0].n)]
        if times != sorted(times):
            yield f"order: {device} lies in time otherwise than it happened"
        yield from _called(device, lost, alerts)
    found = Counter((row.device, row.state) for row in alerts if row.kind.value == "clock")
    if found != Counter((device, "firing") for device in truth.wrong_clocks):
        yield f"clock alerts: wrong are those of {sorted(truth.wrong_clocks)}, alerts {dict(found)}"


def _called(device: str, lost: frozenset[int], alerts: Iterable[AlertRow]) -> Iterator[str]:
    """Whom the heat called that was over for hours when it was told, whatever the clocks said."""
    for row in alerts:
        here = (row.device, row.compartment, row.kind.value) == (device, LATE_HEAT_PLACE, "heat")
        if here and row.pages and LATE_HEAT_N not in lost:
            yield f"alerts: {device} calls somebody about a heat of hours ago"


def _allowed(happened: Happening, row: EventRow, truth: Truth) -> int:
    """By how much (ms) linli may be off. A clock that drifts is believed by a little, and what is known of it
    is as old as what waited.
    """
    if row.device in truth.drifting:
        waited = row.received_ms - happened.made_ms
        return BELIEVED_MS + UNDERWAY_MS + DRIFTS_MS_A_MS * waited
    return UNDERWAY_MS if row.device in truth.wrong_clocks else 0
