"""Telemetry over time: from the operational store by default, from InfluxDB when its URL is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from linli.errors import HistoryRefused, HistoryUnavailable, StoreError, StoreRefused, StoreUnavailable
from linli.events import decode_reading
from linli.ports.history import History, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import open_influxdb
from stores.operational import OperationalStore
from stores.rollups import HOUR_MS
from stores.rows import place_row
from stores.schema import events, ledgers, places, rollups
from stores.series import Means, check


def open_history(url: str, token: str, org: str, bucket: str, store: OperationalStore) -> History:
    """InfluxDB when `url` is set, else the operational store. Connects to nothing before it is asked."""
    return open_influxdb(url, token, org, bucket) if url else OperationalHistory(store)


class OperationalHistory:
    """History from the stored events; whole hours of a long range come from their sums."""

    def __init__(self, store: OperationalStore) -> None:
        self._database = store.database

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Values in order of time; empty intervals are left out. Raises InvalidQuery too."""
        check(query)
        with _in_our_words(), self._database.reading() as connection:
            if query.step_ms is None:
                return [Bucket(at, value) for at, value in _values(connection, query, query.limit)]
            means = Means(query.step_ms)
            first, last = _whole_hours(query)
            if query.step_ms % HOUR_MS or first >= last:
                _add_values(connection, query, means)
            else:
                _add_values(connection, replace(query, end_ms=first), means)
                _add_hours(connection, replace(query, start_ms=first, end_ms=last), means)
                _add_values(connection, replace(query, start_ms=last), means)
        return means.buckets(query.limit)


def _whole_hours(query: SeriesQuery) -> tuple[int, int]:
    return -(-query.start_ms // HOUR_MS) * HOUR_MS, query.end_ms // HOUR_MS * HOUR_MS


def _add_hours(connection: Connection, query: SeriesQuery, means: Means) -> None:
    row = rollups.c
    wanted = select(row.hour_ms, func.sum(row.total), func.sum(row.readings)).group_by(row.hour_ms)
    for hour, total, n in connection.execute(wanted.where(*_sums_of(query))):
        means.add(hour, total, int(n))
    for _, hour, n, total, _, _ in _open_hour(connection, query):
        means.add(hour, total, n)


def _add_values(connection: Connection, query: SeriesQuery, means: Means) -> None:
    for at_ms, value in _values(connection, query, None):
        means.add(at_ms, value)


def _values(connection: Connection, query: SeriesQuery, limit: int | None) -> list[tuple[int, float]]:
    """Every value over the range in order of time; at most `limit` of them, the earliest."""
    row, found = events.c, []
    for ledger, first, last, start_ms, end_ms in _spans(connection, query, limit):
        wanted = select(row.placed_ms, row.seq, row.body).where(
            row.ledger == ledger,
            row.seq.between(first, last),
            row.kind == "telemetry",
            row.placed_ms >= start_ms,
            row.placed_ms < end_ms,
        )
        for placed_ms, seq, body in connection.execute(wanted):
            try:
                place, values = decode_reading(body)
            except ValueError as error:
                raise StoreRefused(str(error)) from error
            if place == query.compartment and query.channel in values:
                found.append((placed_ms, seq, values[query.channel]))
    found.sort()
    return [(placed_ms, value) for placed_ms, _seq, value in found[:limit]]


def _spans(
    connection: Connection, query: SeriesQuery, limit: int | None
) -> list[tuple[int, int, int, int, int]]:
    """Where the events are: (ledger, first seq, last seq, from, to), one a stream.

    With a limit the range ends with the hour in which it must be reached.
    """
    row, end_ms, inside = rollups.c, query.end_ms, 0
    hours = select(row.ledger, row.hour_ms, row.readings, row.first_seq, row.last_seq).order_by(row.hour_ms)
    streams: dict[int, tuple[int, int]] = {}
    summed: list[Any] = [*connection.execute(hours.where(*_sums_of(query)))]
    summed += [
        (ledger, hour, n, first, last) for ledger, hour, n, _, first, last in _open_hour(connection, query)
    ]
    for ledger, hour, n, first, last in sorted(summed, key=lambda row: row[1]):
        if hour >= end_ms:
            break
        known = streams.get(ledger, (first, last))
        streams[ledger] = min(known[0], first), max(known[1], last)
        inside += n if hour >= query.start_ms else 0
        if limit is not None and inside >= limit:
            end_ms = min(end_ms, hour + HOUR_MS)
    return [(ledger, *numbers, query.start_ms, end_ms) for ledger, numbers in streams.items()]


def _open_hour(connection: Connection, query: SeriesQuery) -> list[tuple[int, int, int, float, int, int]]:
    """The sums that are still with the place: (ledger, hour, readings, total, first seq, last seq)."""
    row = places.c
    wanted = select(places).where(
        row.community == query.community, row.device == query.device, row.compartment == query.compartment
    )
    found = connection.execute(wanted).first()
    hour = place_row(found).hour if found is not None else None
    if hour is None or query.channel not in hour.sums or not _touches(query, hour.hour_ms):
        return []
    of = select(ledgers.c.id).where(
        ledgers.c.community == query.community,
        ledgers.c.device == query.device,
        ledgers.c.epoch == hour.epoch,
    )
    ledger = connection.execute(of).scalar_one()
    return [(ledger, hour.hour_ms, *hour.sums[query.channel], hour.first_seq, hour.last_seq)]


def _touches(query: SeriesQuery, hour_ms: int) -> bool:
    return query.start_ms - query.start_ms % HOUR_MS <= hour_ms < query.end_ms


def _sums_of(query: SeriesQuery) -> tuple[ColumnElement[bool], ...]:
    row, first = rollups.c, query.start_ms - query.start_ms % HOUR_MS
    streams = select(ledgers.c.id).where(
        ledgers.c.community == query.community, ledgers.c.device == query.device
    )
    return (
        row.ledger.in_(streams),
        row.hour_ms >= first,
        row.hour_ms < query.end_ms,
        row.compartment == query.compartment,
        row.channel == query.channel,
    )


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise HistoryUnavailable(str(error)) from error
    except StoreError as error:
        raise HistoryRefused(str(error)) from error
