"""Hourly sums of telemetry, kept in the transaction that stores the events.

A row stands for one stream (a device's epoch), hour, place and channel. It answers long ranges by itself; for
a short one it says between which numbers of the stream the events of its hour lie.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Case, ColumnElement, case

from linli.errors import StoreRefused
from linli.events import CHANNELS
from linli.ports.rows import EventRow
from stores.database import Bulk, Database, Values
from stores.schema import rollups

HOUR_MS = 3_600_000

# Only what is read is decoded: the place and the channels, in the order of CHANNELS.
_Reading = msgspec.defstruct(
    "_Reading",
    [("compartment", str | None, None), *((name, float | bool | None, None) for name in CHANNELS)],
    gc=False,
)
_decode = msgspec.json.Decoder(_Reading).decode
_NAMES = tuple(CHANNELS)
_astuple = msgspec.structs.astuple


def readings(body: bytes) -> tuple[str, list[tuple[str, float]]]:
    """The place ("" for the device) and the channels of a telemetry event's JSON. Raises StoreRefused."""
    try:
        place, *values = _astuple(_decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreRefused(f"a telemetry event's body is none: {error}") from error
    found = zip(_NAMES, values, strict=True)
    return place or "", [(name, float(value)) for name, value in found if value is not None]


def fold(events: Iterable[tuple[int, EventRow]]) -> list[Values]:
    """Sum telemetry by (ledger, hour, place, channel); the rows are in the order of the table's columns."""
    sums: dict[tuple[int, int, str, str], list[Any]] = {}
    for ledger, event in events:
        seq, hour = event.seq, event.placed_ms - event.placed_ms % HOUR_MS
        place, values = readings(event.body)
        for channel, value in values:
            key = (ledger, hour, place, channel)
            known = sums.get(key)
            if known is None:
                sums[key] = [1, value, value, value, seq, seq]
                continue
            known[0] += 1
            known[1] += value
            if value < known[2]:
                known[2] = value
            elif value > known[3]:
                known[3] = value
            if seq < known[4]:
                known[4] = seq
            elif seq > known[5]:
                known[5] = seq
    return [(*key, *values) for key, values in sums.items()]


def adding(database: Database) -> Bulk:
    """The statement that adds such rows to what is there."""
    row = rollups.c
    insert = database.insert(rollups)
    new = insert.excluded
    statement = insert.on_conflict_do_update(
        index_elements=[row.ledger, row.hour_ms, row.compartment, row.channel],
        set_={
            "readings": row.readings + new.readings,
            "total": row.total + new.total,
            "low": _smaller(row.low, new.low),
            "high": _larger(row.high, new.high),
            "first_seq": _smaller(row.first_seq, new.first_seq),
            "last_seq": _larger(row.last_seq, new.last_seq),
        },
    )
    return Bulk(database, statement, [column.name for column in rollups.columns])


# min() and max() of two values are SQLite's own; CASE is everybody's.
def _smaller(one: ColumnElement[Any], other: ColumnElement[Any]) -> Case[Any]:
    return case((other < one, other), else_=one)


def _larger(one: ColumnElement[Any], other: ColumnElement[Any]) -> Case[Any]:
    return case((other > one, other), else_=one)
