"""Reading by InfluxQL on /query, which 1.x, 2.x and 3 answer alike."""

import json
from typing import Any

from linli.errors import HistoryRefused, HistoryUnavailable
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb.transport import Transport, check

_NOT_NOW = ("timeout", "killed", "limit exceeded", "shutdown")


def ask(transport: Transport, query: str, database: str = "", **bound: str) -> list[dict[str, Any]]:
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
    result = answer.json()["results"][0]
    if "error" in result:
        refused = HistoryUnavailable if any(sign in result["error"] for sign in _NOT_NOW) else HistoryRefused
        raise refused(f"{result['error']} (asked: {query})")
    series: list[dict[str, Any]] = result.get("series", [])  # there is no such key when nothing is found
    return series


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
    return [
        Bucket(at_ms, float(value)) for one in found for at_ms, value in one["values"] if value is not None
    ]


def count(transport: Transport, database: str, measurement: str, start_ms: int, end_ms: int) -> int:
    """Points, not fields: a row is a point, whatever fields it has. For thousands, not for millions."""
    text = f"SELECT * FROM {identifier(measurement)} WHERE time >= {start_ms:d}ms AND time < {end_ms:d}ms"  # noqa: S608 - quoted
    return sum(len(one["values"]) for one in ask(transport, text, database))


def identifier(name: str) -> str:
    """A name in double quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
