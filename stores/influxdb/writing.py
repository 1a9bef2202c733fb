"""Writing lines so that a bad one costs itself alone."""

import re
from collections.abc import Callable, Sequence

from linli.errors import HistoryError, HistoryFull
from linli.ports.history import RejectedPoint

REQUESTS_MAX = 200
"""For one writing: whatever is still refused then is no longer taken apart."""
_DETAIL = 1_000

_DROPPED = re.compile(r"dropped=([0-9]{1,9})\b")
_QUOTED = re.compile(r"unable to parse '(.*?)': ([^\n]*)")
_CONFLICT = re.compile(
    r'input field "((?:[^"\\]|\\.)*)" on measurement "((?:[^"\\]|\\.)*)" is type (\w+), already exists'
)
_RETENTION = ("points beyond retention policy", "outside retention policy")
_ABOUT_LINES = ("unable to parse", "partial write", "field type conflict", *_RETENTION)
_LIMITS = ("max-series-per-database", "max-values-per-tag")

Part = list[int]
"""Indexes of lines that are sent together."""


class LinesRefused(HistoryError):
    """An answer about lines: some of them, or the request as a whole, will never be taken."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
        found = _DROPPED.search(said)
        self.dropped = int(found[1]) if found else None
        self.quoted = dict(_QUOTED.findall(said))
        """Unreadable lines and what is wrong with each; lines dropped for another reason are never quoted."""

    def suspects(self, part: Part, lines: Sequence[str]) -> Part:
        """Those of the part to which the message fits, as far as it says which: all of the bad are among them
        when it speaks of one sort of badness only.
        """
        if self.quoted:
            return [i for i in part if lines[i] in self.quoted]
        conflict = _CONFLICT.search(self.said)
        if conflict:
            field, measurement, sort = conflict.groups()
            is_such = _fields_of(measurement, field, sort)
            return [i for i in part if is_such(lines[i])]
        if self.dropped and any(sign in self.said for sign in _RETENTION):
            return sorted(sorted(part, key=lambda i: _time(lines[i]))[: self.dropped])
        return []

    def reason(self, line: str) -> str:
        """Of a message about several lines, the part about this one."""
        why = self.quoted.get(line)
        return (f"unable to parse '{line}': {why}" if why is not None else self.said)[:_DETAIL]


def judge(status: int, said: str) -> None:
    """Raise LinesRefused when an answer to a write is about its lines, HistoryFull when it is about a limit.

    2.x rejects a request with one unreadable line as a whole (400), and drops only the line with another type
    or a time out of retention (422); 1.x says 400 for all three and keeps the good ones.
    """
    if any(limit in said for limit in _LIMITS):
        raise HistoryFull(f"answered {status}: {said[:_DETAIL]}")
    if status == 413 or (status in (400, 422) and any(sign in said for sign in _ABOUT_LINES)):
        raise LinesRefused(said or "the request is too large")


def write(post: Callable[[bytes], None], lines: Sequence[str]) -> list[RejectedPoint]:
    """Write all but those that are refused for what they are. `post` raises LinesRefused or a HistoryError.

    A refused request is taken apart until the culprits are alone: at once where the message says which they
    are, else by halves. Parts of it are written more than once on the way, and land on themselves.
    """
    rejected: list[RejectedPoint] = []
    waiting = [list(range(len(lines)))] if lines else []
    requests = 0
    while waiting:
        part = waiting.pop()
        requests += 1
        try:
            post("\n".join([lines[i] for i in part]).encode())
        except LinesRefused as refusal:
            if requests >= REQUESTS_MAX:
                rejected += _give_up(part, refusal, lines)
                continue
            culprits, rest = _divide(part, refusal, lines)
            rejected += _together(culprits, refusal, lines)
            waiting += rest
    return sorted(rejected, key=lambda point: point.index)


def _divide(part: Part, refusal: LinesRefused, lines: Sequence[str]) -> tuple[Part, list[Part]]:
    """The lines that are known to be bad, and the parts that are to be tried again."""
    if len(part) == 1 or refusal.dropped == len(part):
        return part, []
    suspects = refusal.suspects(part, lines)
    if 0 < len(suspects) < len(part) or (suspects and refusal.quoted):
        known = set(suspects)
        rest = [i for i in part if i not in known]
        if refusal.quoted:
            return suspects, [rest] if rest else []
        return [], [rest, suspects]
    middle = len(part) // 2
    return [], [part[middle:], part[:middle]]


def _together(culprits: Part, refusal: LinesRefused, lines: Sequence[str]) -> list[RejectedPoint]:
    """Each for itself; but a thousand points that are too old for the store are one thing to tell."""
    if len(culprits) > 1 and any(sign in refusal.said for sign in _RETENTION):
        return [RejectedPoint(culprits[0], refusal.said[:_DETAIL], len(culprits) - 1, culprits)]
    return [RejectedPoint(i, refusal.reason(lines[i])) for i in culprits]


def _give_up(part: Part, refusal: LinesRefused, lines: Sequence[str]) -> list[RejectedPoint]:
    """Too many are bad to look for each. Where the good ones were kept, it is one thing to tell, too."""
    if refusal.dropped and "partial write" in refusal.said:
        said = f"{refusal.dropped} of {len(part)} points from here on: {refusal.said}"
        return [RejectedPoint(part[0], said[:_DETAIL], refusal.dropped - 1, part)]
    return [RejectedPoint(i, refusal.reason(lines[i])) for i in part]


def _fields_of(measurement: str, field: str, sort: str) -> Callable[[str], bool]:
    """Whether a line writes this field of this measurement with a value of this sort."""
    shape = {"string": '"', "integer": r"-?\d+i", "boolean": "[tTfF]", "float": r"-?\d[^i,]*(?:[, ]|$)"}.get(
        sort
    )
    if shape is None:
        return lambda _line: False
    written = re.compile(rf"[ ,]{re.escape(field)}={shape}")
    starts = (f"{measurement},", f"{measurement} ")
    return lambda line: line.startswith(starts) and written.search(line) is not None


def _time(line: str) -> int:
    return int(line.rpartition(" ")[2])
