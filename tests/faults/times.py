"""When events happened, as linli says and as they did: to the millisecond where the clock was right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from linli.ports.alert_rows import AlertRow
from linli.ports.rows import EventRow

UNDERWAY_MS = 5_000
"""A device whose clock is wrong knows by how much only as well as its receipts tell, and linli before them as
well as its batches do: by so long as either was underway.
"""

Timed = defaultdict[str, list[tuple[int, int, EventRow]]]
"""device -> (which happening it was, by how much it is placed after it, as stored)"""


def accusations(timed: Timed, wrong_clocks: frozenset[str], alerts: Iterable[AlertRow]) -> Iterator[str]:
    """Everything that is wrong, a line each."""
    for device, events in timed.items():
        allowed = UNDERWAY_MS if device in wrong_clocks else 0
        for _, after, row in events:
            if abs(after) > allowed:
                yield f"misplaced: {device} {row.seq} by {after} ms ({row.placed_reason})"
        times = [row.placed_ms for _, _, row in sorted(events, key=lambda each: each[0])]
        if times != sorted(times):
            yield f"order: {device} lies in time otherwise than it happened"
    found = Counter((row.device, row.state) for row in alerts if row.kind.value == "clock")
    if found != Counter((device, "firing") for device in wrong_clocks):
        yield f"clock alerts: wrong are those of {sorted(wrong_clocks)}, alerts {dict(found)}"
