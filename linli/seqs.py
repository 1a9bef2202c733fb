"""Sets of sequence numbers as ranges: what of an epoch is settled, and what is missing."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator


class SeqSet:
    """A growing set of numbers >= 1, kept as disjoint, non-adjacent, ascending inclusive ranges.

    Ten thousand numbers in a row cost one range. Not thread-safe; copy before you try something.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def __contains__(self, seq: int) -> bool:
        at = bisect_right(self._starts, seq) - 1
        return at >= 0 and seq <= self._ends[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeqSet) and self.ranges() == other.ranges()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends)  # noqa: B905 - as long as each other; asking takes as long again

    def add(self, start: int, end: int | None = None) -> int:
        """Add `start`..`end` inclusive (or `start` alone); returns how many of them were new."""
        end = start if end is None else end
        if end < start:
            return 0
        if self._ends and start == self._ends[-1] + 1:  # the next of its device, as nearly always
            self._ends[-1] = end
            return end - start + 1
        left = bisect_right(self._starts, start) - 1
        if left < 0 or self._ends[left] < start - 1:
            left += 1
        right = bisect_right(self._starts, end + 1)
        held = 0
        low, high = start, end
        if right > left:
            low = min(start, self._starts[left])
            high = max(end, self._ends[right - 1])
            held = sum(
                max(0, min(end, self._ends[i]) - max(start, self._starts[i]) + 1) for i in range(left, right)
            )
        self._starts[left:right] = [low]
        self._ends[left:right] = [high]
        return end - start + 1 - held

    def meets(self, start: int, end: int) -> bool:
        """Whether any of `start`..`end` inclusive is in the set."""
        at = bisect_right(self._starts, end) - 1
        return at >= 0 and self._ends[at] >= start

    def covers(self, start: int, end: int) -> bool:
        """Whether all of `start`..`end` inclusive are in the set."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and self._ends[at] >= end

    @property
    def count(self) -> int:
        """How many numbers are in it. No `__len__`: what makes a list of the ranges would ask it how much
        memory to take, and a device may skip 2^53.
        """
        return sum(self._ends) - sum(self._starts) + len(self._ends)

    def ranges(self) -> list[tuple[int, int]]:
        """The ranges, ascending."""
        return list(self)

    def copy(self) -> "SeqSet":
        """An independent copy."""
        other = SeqSet()
        other._starts, other._ends = self._starts.copy(), self._ends.copy()
        return other

    @property
    def through(self) -> int:
        """The largest n for which all of 1..n are in the set; 0 when 1 is not."""
        return self._ends[0] if self._starts and self._starts[0] == 1 else 0

    def beyond(self) -> list[tuple[int, int]]:
        """The ranges past `through`."""
        if not self.through:
            return self.ranges()
        return self.ranges()[1:] if len(self._starts) > 1 else []

    @property
    def parts(self) -> int:
        """How many ranges there are."""
        return len(self._starts)

    @property
    def lacking(self) -> int:
        """How many numbers are missing below the largest."""
        if len(self._starts) == 1:  # as nearly always
            return self._starts[0] - 1
        return self._ends[-1] - self.count if self._ends else 0

    def missing(self) -> list[tuple[int, int]]:
        """The gaps below the largest number."""
        gaps, expected = [], 1
        for start, end in self:
            if start > expected:
                gaps.append((expected, start - 1))
            expected = end + 1
        return gaps
