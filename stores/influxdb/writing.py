"""Writing lines so that a bad one costs itself alone."""

import re
from collections.abc import Callable, Sequence

from linli.errors import HistoryError, HistoryRefused
from linli.points import Point
from linli.ports.history import RejectedPoint
from stores.influxdb.lines import encode

Line = tuple[int, bytes]
"""(index of the point, its line)"""

_DROPPED = re.compile(r"dropped=([0-9]{1,9})\b")
_ABOUT_LINES = ("unable to parse", "partial write", "field type conflict", "points beyond retention policy")


class LinesRefused(HistoryError):
    """An answer about lines: some of them, or the request as a whole, will never be taken."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
        found = _DROPPED.search(said)
        self.dropped = int(found[1]) if found else None

    def names(self, line: bytes) -> bool:
        """Whether the message quotes this line. It names unreadable lines, never those dropped otherwise."""
        return f"unable to parse '{line.decode()}'" in self.said


def judge(status: int, said: str) -> None:
    """Raise LinesRefused when an answer to a write is about its lines.

    2.x rejects a request with one unreadable line as a whole (400), and drops only the line with another type
    or a time out of retention (422); 1.x says 400 for all three and keeps the good ones.
    """
    if "max-series-per-database" in said or "max-values-per-tag" in said:
        raise HistoryRefused(f"answered {status}: {said}")  # a limit of the server; the point is not to blame
    if status == 413 or (status in (400, 422) and any(sign in said for sign in _ABOUT_LINES)):
        raise LinesRefused(said or "the request is too large")


def write(post: Callable[[bytes], None], points: Sequence[Point]) -> list[RejectedPoint]:
    """Write all but those that are refused for what they are. `post` raises LinesRefused or a HistoryError.

    A refused request is cut in two until the culprit is alone. Parts of it are written more than once on the
    way, and land on themselves.
    """
    rejected: list[RejectedPoint] = []
    lines: list[Line] = []
    for index, point in enumerate(points):
        try:
            lines.append((index, encode(point)))
        except ValueError as error:
            rejected.append(RejectedPoint(index, str(error)))
    waiting = [lines] if lines else []
    while waiting:
        some = waiting.pop()
        try:
            post(b"\n".join([line for _, line in some]))
        except LinesRefused as refusal:
            culprits, rest = _divide(some, refusal)
            rejected += [RejectedPoint(index, _reason(refusal, line)) for index, line in culprits]
            waiting += rest
    return sorted(rejected, key=lambda point: point.index)


def _divide(lines: list[Line], refusal: LinesRefused) -> tuple[list[Line], list[list[Line]]]:
    """The lines that are known to be bad, and the parts that are to be tried again."""
    if len(lines) == 1 or refusal.dropped == len(lines):
        return lines, []
    named = [line for line in lines if refusal.names(line[1])]
    if named:
        indexes = {index for index, _ in named}
        rest = [line for line in lines if line[0] not in indexes]
        return named, [rest] if rest else []
    middle = len(lines) // 2
    return [], [lines[middle:], lines[:middle]]


def _reason(refusal: LinesRefused, line: bytes) -> str:
    """Of a message about several lines, the part about this one."""
    quoted = f"unable to parse '{line.decode()}': "
    _, found, after = refusal.said.partition(quoted)
    return (quoted + after.partition("\nunable to parse")[0])[:1_000] if found else refusal.said[:1_000]
