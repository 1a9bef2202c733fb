"""Reading by InfluxQL on /query, which 1.x, 2.x and 3 answer alike."""

import json
import math
from typing import Annotated, Any

from msgspec import Meta, Struct

from linli.errors import HistoryRefused, HistoryUnavailable
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb.transport import Transport, check, misunderstood

_NOT_NOW = ("timeout", "killed", "limit exceeded", "shutdown")
_WORDS = 1_000


class Rows(Struct):
    """The rows of one series; the first of each is its time, in ms."""

    values: list[list[Any]] = []


class _Result(Struct):
    error: str = ""
    series: list[Rows] = []
    """There is no such key when nothing is found."""


class _Results(Struct):
    results: Annotated[list[_Result], Meta(min_length=1)]


def ask(transport: Transport, query: str, database: str = "", **bound: str) -> list[Rows]:
    """The series of one statement; `$name` in it stands for a bound value. Times are ms.

    Raises HistoryUnavailable, and HistoryRefused with what the server said: it says errors inside a 200.
    """
    wanted = {"q": query, "epoch": "ms"}
    if database:
        wanted["db"] = database
    if bound:
        wanted["params"] = json.dumps(bound)
    answer = transport.ask("POST", "/query", wanted)
    check(answer.status, answer.words)
    result = answer.read(_Results).results[0]
    if result.error:
        refused = HistoryUnavailable if any(sign in result.error for sign in _NOT_NOW) else HistoryRefused
        raise refused(f"{result.error[:_WORDS]} (asked: {query})")
    return result.series


def series(transport: Transport, database: str, query: SeriesQuery) -> list[Bucket]:
    """Values or means of one channel at one place. A tag that is not there equals ''."""
    channel = identifier(query.channel)
    what, grouped = channel, "ORDER BY time"
    if query.step_ms is not None:
        what, grouped = f"mean({channel})", f"GROUP BY time({query.step_ms:d}ms) fill(none)"
    text = (
        f'SELECT {what} FROM "telemetry" WHERE "community" = $community AND "device" = $device'  # noqa: S608 - identifiers quoted, values bound
        f' AND "compartment" = $compartment AND time >= {query.start_ms:d}ms AND time < {query.end_ms:d}ms'
        f" {grouped} LIMIT {query.limit:d}"
    )
    found = ask(
        transport,
        text,
        database,
        community=query.community,
        device=query.device,
        compartment=query.compartment,
    )
    earliest_ms = query.start_ms - (query.step_ms or 0)  # an interval may have begun before the range
    return [
        Bucket(*reading)
        for one in found
        for row in one.values
        if (reading := _reading(row, earliest_ms, query.end_ms)) is not None
    ]


def _reading(row: list[Any], earliest_ms: int, end_ms: int) -> tuple[int, float] | None:
    """(ms, value); None for a null. Raises HistoryUnavailable for anything else."""
    match row:
        case [int(at_ms), None] if earliest_ms <= at_ms < end_ms:
            return None
        case [int(at_ms), int() | float() as value] if earliest_ms <= at_ms < end_ms:
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number) and not isinstance(value, bool):
                return at_ms, number
    raise misunderstood(repr(row).encode(), "no reading of the range")


def count(transport: Transport, database: str, measurement: str, start_ms: int, end_ms: int) -> int:
    """Points, not fields: a row is a point, whatever fields it has. For thousands, not for millions."""
    text = f"SELECT * FROM {identifier(measurement)} WHERE time >= {start_ms:d}ms AND time < {end_ms:d}ms"  # noqa: S608 - quoted
    return sum(len(one.values) for one in ask(transport, text, database))


def identifier(name: str) -> str:
    """A name in double quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
