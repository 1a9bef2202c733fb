"""Streams (a device's epochs) and their numbers: the big tables name a stream by the row of its ledger."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.engine import Connection

from linli.ports.rows import LedgerRow
from linli.seqs import SeqSet
from stores import schema
from stores.database import Bulk, Database
from stores.rows import LEDGER_WRITTEN, ledger_values
from stores.statements import chunks, replacing

REMEMBERED = 200_000

Stream = tuple[str, str, str]
"""(community, device, epoch)"""


class Numbers(dict[Stream, int]):
    """The numbers of the streams of one commit; one that is not among them is looked for when it is asked."""

    def __init__(self, find: Callable[[Stream], int]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, stream: Stream) -> int:
        number = self[stream] = self._find(stream)
        return number


class Streams:
    """Writes ledgers, and remembers the numbers of those that are committed."""

    def __init__(self, database: Database) -> None:
        self._known: dict[Stream, int] = {}
        self._new = replacing(database, schema.ledgers, LEDGER_WRITTEN, LEDGER_WRITTEN[:3])
        self._by_number = _by_number(database)

    def write(self, connection: Connection, ledgers: Iterable[LedgerRow]) -> Numbers:
        """Write these; returns the numbers of their streams, and of whichever else is asked for."""
        numbers = Numbers(lambda stream: self._find(connection, stream))
        known, written, new = self._known, [], []
        for row in ledgers:
            values = ledger_values(row)
            stream = values[:3]
            number = known.get(stream)
            if number is None:
                new.append(values)
            else:
                numbers[stream] = number
                written.append((*values[3:], number))
        self._by_number.run(connection, written)
        self._new.run(connection, new)
        numbers.update(_look_up(connection, [values[:3] for values in new]))
        return numbers

    def remember(self, numbers: Numbers) -> None:
        """Call it after the commit: a number of a transaction that was rolled back is nobody's."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known.update(numbers)

    def _find(self, connection: Connection, stream: Stream) -> int:
        """Of a stream that the commit brings no ledger of. It is given an empty one if it has none."""
        if stream in self._known:
            return self._known[stream]
        found = _look_up(connection, [stream])
        if not found:
            self._new.run(connection, [ledger_values(LedgerRow(*stream, SeqSet()))])
            found = _look_up(connection, [stream])
        return found[stream]


def _look_up(connection: Connection, streams: Iterable[Stream]) -> dict[Stream, int]:
    row = schema.ledgers.c
    query = select(row.community, row.device, row.epoch, row.id)
    found: dict[Stream, int] = {}
    for some in chunks(streams):
        rows = connection.execute(query.where(tuple_(row.community, row.device, row.epoch).in_(some)))
        found |= {(community, device, epoch): number for community, device, epoch, number in rows}
    return found


def _by_number(database: Database) -> Bulk:
    """A ledger whose number is known is found by it: that costs a third of finding it by its three names."""
    names = [name for name in LEDGER_WRITTEN if name not in {"community", "device", "epoch"}]
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(schema.ledgers).values(changed).where(schema.ledgers.c.id == bindparam("number"))
    return Bulk(database, statement, [*(f"new_{name}" for name in names), "number"])
