"""Where the numbers of an epoch lie in time: runs of numbers without a gap, each with the times of its ends.

A number that fills a gap later lies between the end of the run before it and the beginning of the next. One
run is all there is of a device that loses nothing, and what was settled without being placed (refused, given
up) is no gap.
"""

from bisect import bisect_left
from collections.abc import Iterable
from operator import itemgetter

from linli.seqs import SeqSet

Run = tuple[int, int, int, int]
"""(first number, its time, last number, its time); times in ms UTC"""
Runs = tuple[Run, ...]

RUNS_MAX = 1_024
"""More than the gaps that an epoch may have (`gaps` in docs/mqtt.md). Past so many the oldest are joined:
what fills the gap between them lies between their outer ends.
"""

_last = itemgetter(2)


def bounds(runs: Runs, seq: int) -> tuple[int | None, int | None]:
    """The times between which `seq` lies: of the numbers next before and after it, where there are any."""
    at = bisect_left(runs, seq, key=_last)  # the first run that does not end before it
    lower = runs[at - 1][3] if at else None
    if at == len(runs):
        return lower, None
    first, first_ms, _, last_ms = runs[at]
    return (lower, first_ms) if seq < first else (first_ms, last_ms)


def with_placed(runs: Runs, placed: Iterable[Run]) -> Runs:
    """The runs with these added."""
    return _joined(sorted([*runs, *placed]), None)


def closed(runs: Runs, settled: SeqSet) -> Runs:
    """The runs, joined wherever nothing can come between them any more."""
    return _joined(runs, settled) if len(runs) > 1 else runs


def _joined(runs: Iterable[Run], settled: SeqSet | None) -> Runs:
    joined: list[Run] = []
    for run in runs:
        if joined:
            first, first_ms, last, _ = joined[-1]
            if run[0] <= last:  # placed between the ends of a run that was joined over a gap
                if run[2] > last:
                    joined[-1] = (first, first_ms, run[2], run[3])
                continue
            if run[0] == last + 1 or (settled is not None and settled.covers(last + 1, run[0] - 1)):
                joined[-1] = (first, first_ms, run[2], run[3])
                continue
        joined.append(run)
    while len(joined) > RUNS_MAX:
        joined[:2] = [(*joined[0][:2], *joined[1][2:])]
    return tuple(joined)
