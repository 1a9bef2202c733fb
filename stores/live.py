"""Live changes as they are kept: the levels of one commit in one row, everything else in a row of its own.

A level changes with every reading. A row that holds many has the number of its last; the others have those
before it. Whoever reads gets each with its own number, so that it can go on from any of them.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from linli.ports.rows import LiveChange
from stores.counters import Counters
from stores.database import Values
from stores.statements import chunks

_together = attrgetter("community", "kind", "at_ms")
_encode = msgspec.json.Encoder().encode
_levels = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]])


def rows(changes: Iterable[LiveChange], counters: Counters) -> list[Values]:
    """Rows of the table, numbered in the order of `changes`; levels that follow each other share a row."""
    made: list[Values] = []
    for (community, kind, at_ms), same in groupby(changes, _together):
        for some in chunks(same) if kind == "level" else ([change] for change in same):
            last = counters.take("live_change", len(some)) + len(some) - 1
            key, body = some[0].key, some[0].body
            if kind == "level":
                key, body = "", _encode([(each.key, msgspec.Raw(each.body)) for each in some])
            made.append((last, community, kind, key, body, at_ms))
    return made


def changes(rows: Iterable[Any]) -> Iterator[LiveChange]:
    """The changes of rows (number, community, kind, key, body, at_ms), each with its number."""
    for number, community, kind, key, body, at_ms in rows:
        if kind != "level" or key:
            yield LiveChange(community, kind, key, body, at_ms, number)
            continue
        levels = _levels.decode(body)
        for of, (name, level) in enumerate(levels, number - len(levels) + 1):
            yield LiveChange(community, kind, name, bytes(level), at_ms, of)
