"""Hourly sums of telemetry, kept in the transaction that stores the events.

A row stands for one stream (a device's epoch), hour, place and channel. It answers long ranges by itself; for
a short one it says between which numbers of the stream the events of its hour lie. The newest hour of a place
is not here but with the place (`places`), until a reading of a later one closes it.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import case

from linli.ports.rows import HourRow
from stores.database import Bulk, Database, Values
from stores.schema import rollups

HOUR_MS = 3_600_000


def rows(hours: Iterable[HourRow], numbers: Mapping[tuple[str, str, str], int]) -> list[Values]:
    """Rows of the table, in the order of its columns. `numbers` are those of the streams."""
    return [
        (
            numbers[hour.community, hour.device, hour.epoch],
            hour.hour_ms,
            hour.compartment,
            channel,
            readings,
            total,
            hour.first_seq,
            hour.last_seq,
        )
        for hour in hours
        for channel, (readings, total) in hour.sums.items()
    ]


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
