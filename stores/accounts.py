"""The ledgers as a reader sees them: by epoch, and in sum by device, by community and in all.

The sums are made of the counts beside each ledger; the ranges themselves are read only epoch by epoch.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, cast, func, select, tuple_

from linli.ports.operational import DeviceKey
from linli.ports.rows import LedgerRow, LedgerSum, LedgerTotal
from stores.rows import LEDGER_COLUMNS, ledger_row
from stores.schema import ledgers
from stores.side import Side

_COUNTS = [field.name for field in fields(LedgerSum)]


def _added(counts: ColumnElement[int]) -> ColumnElement[float]:
    """Their sum, exact up to 2^53: SQLite fails at a whole number past 2^63, and one device may skip 2^53."""
    return func.sum(cast(counts, Double))


_SUMS: list[ColumnElement[Any]] = [func.coalesce(_added(ledgers.c[name]), 0).label(name) for name in _COUNTS]
_TIMES = (func.count().label("epochs"), func.min(ledgers.c.first_ms), func.max(ledgers.c.last_ms))


class Accounts(Side):
    """The part of Reader that is about ledgers."""

    def ledger(
        self,
        community: str = "",
        device: str = "",
        after: tuple[str, str, str] = ("", "", ""),
        limit: int | None = None,
    ) -> list[LedgerRow]:
        """What was received of each epoch of each device, in order of (community, device, epoch)."""
        row = ledgers.c
        key = tuple_(row.community, row.device, row.epoch)
        wanted = _of(select(*(row[name] for name in LEDGER_COLUMNS)), community, device).where(key > after)
        found = self._rows(wanted.order_by(row.community, row.device, row.epoch).limit(limit))
        return [ledger_row(one) for one in found]

    def ledger_sum(self, community: str = "", device: str = "") -> LedgerSum:
        """The same, summed over all of them."""
        [row] = self._rows(_of(select(*_SUMS), community, device))
        return _sum(row)

    def ledger_of_devices(
        self, community: str = "", device: str = "", after: DeviceKey = ("", ""), limit: int | None = None
    ) -> list[LedgerTotal]:
        """The same, summed by device, in order of (community, device)."""
        key = ledgers.c.community, ledgers.c.device
        wanted = _of(_by_device(), community, device).where(tuple_(*key) > after)
        return [_total(row) for row in self._rows(wanted.order_by(*key).limit(limit))]

    def ledger_of_communities(self) -> list[LedgerTotal]:
        """The same, summed by community."""
        row = ledgers.c
        wanted = select(*_SUMS, *_TIMES, row.community).group_by(row.community).order_by(row.community)
        return [_total((*found, "")) for found in self._rows(wanted)]

    def ledger_worst(self, community: str, limit: int) -> list[LedgerTotal]:
        """By device: those that lost most first, then those of which most was refused, then by name."""
        row = ledgers.c
        lost = _added(row.missing + row.dropped).desc()
        order = lost, func.sum(row.dead).desc(), row.community, row.device
        return [_total(one) for one in self._rows(_of(_by_device(), community).order_by(*order).limit(limit))]

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.execute(query).all()


def _by_device() -> Select[Any]:
    key = ledgers.c.community, ledgers.c.device
    return select(*_SUMS, *_TIMES, *key).group_by(*key)


def _of(query: Select[Any], community: str, device: str = "") -> Select[Any]:
    """Only these; "" means any."""
    row = ledgers.c
    wanted: list[ColumnElement[bool]] = []
    if community:
        wanted.append(row.community == community)
    if device:
        wanted.append(row.device == device)
    return query.where(*wanted)


def _sum(row: Sequence[Any]) -> LedgerSum:
    return LedgerSum(*(int(count) for count in row[: len(_COUNTS)]))


def _total(row: Sequence[Any]) -> LedgerTotal:
    epochs, first_ms, last_ms, community, device = row[len(_COUNTS) :]
    return LedgerTotal(community, device, _sum(row), epochs, first_ms, last_ms)
