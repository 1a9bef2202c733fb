"""Hourly sums of telemetry, kept in the transaction that stores the events.

A row stands for one stream (a device's epoch), hour, place and channel. It answers long ranges by itself; for
a short one it says between which numbers of the stream the events of its hour lie.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import case

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
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def readings(body: bytes) -> tuple[str, list[tuple[str, float]]]:
    """The place ("" for the device) and the channels of a telemetry event's JSON. Raises StoreRefused."""
    try:
        place, *values = _astuple(_decode(body))
    except _UNREADABLE as error:
        raise StoreRefused(f"a telemetry event's body is none: {error}") from error
    found = zip(_NAMES, values, strict=True)
    return place or "", [(name, float(value)) for name, value in found if value is not None]


def fold(events: Iterable[tuple[int, EventRow]]) -> list[Values]:
    """Sum telemetry by (ledger, hour, place, channel); the rows are in the order of the table's columns.

    The numbers that a row names are those of its place: a channel that is not in all of its events may be
    looked for where it is not, which costs a reader little.
    """
    places: dict[tuple[int, int, str | None], list[tuple[Any, ...]]] = {}
    try:
        for ledger, event in events:
            reading = _astuple(_decode(event.body))
            key = (ledger, event.placed_ms // HOUR_MS, reading[0])
            if key in places:
                places[key].append((event.seq, *reading))
            else:
                places[key] = [(event.seq, *reading)]
    except _UNREADABLE as error:
        raise StoreRefused(f"a telemetry event's body is none: {error}") from error
    rows: list[Values] = []
    for (ledger, hour, place), same in places.items():
        seqs, _, *columns = zip(*same, strict=True)
        first, last = min(seqs), max(seqs)
        for name, column in zip(_NAMES, columns, strict=True):
            values = [value for value in column if value is not None]
            if values:
                rows.append(
                    (ledger, hour * HOUR_MS, place or "", name, len(values), sum(values), first, last)
                )
    return rows


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
            # The smaller and the larger of two values: SQLite and PostgreSQL name the function differently.
            "first_seq": case((new.first_seq < row.first_seq, new.first_seq), else_=row.first_seq),
            "last_seq": case((new.last_seq > row.last_seq, new.last_seq), else_=row.last_seq),
        },
    )
    return Bulk(database, statement, [column.name for column in rollups.columns])
