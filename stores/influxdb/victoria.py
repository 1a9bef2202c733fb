"""VictoriaMetrics: it takes /api/v2/write, and has no InfluxQL, so it is read by /api/v1/export.

It keeps milliseconds, makes a series `measurement_field` of every field, keeps a string as 0, and keeps what
is written twice twice; so values at the same time are taken once here.
"""

import json
import math
from collections.abc import Callable, Iterator

from msgspec import Struct

from linli.ports.history import Opened, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb.transport import Transport, check, decode, misunderstood
from stores.influxdb.version2_writes import Version2Writes
from stores.series import Means


class VictoriaMetrics(Version2Writes):
    """Takes /api/v2/write from the official client. Its 204 is not durable, and it takes garbage too."""

    def prepare(self, _on_empty: Callable[[], None]) -> Opened:
        """There is nothing to make: it has one space for all."""
        words = "VictoriaMetrics, which answers before it has saved: for trying out, not for keeping"
        return Opened(words, self._transport.url)

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return series(self._transport, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return count(self._transport, measurement, start_ms, end_ms)


class _Exported(Struct):
    """One line of the answer: a series, or a piece of one."""

    metric: dict[str, str]
    values: list[float]
    timestamps: list[int]


def series(transport: Transport, query: SeriesQuery) -> list[Bucket]:
    """Values or means of one channel at one place."""
    tags = {"community": query.community, "device": query.device, "compartment": query.compartment}
    selected = ",".join(f"{name}={json.dumps(value)}" for name, value in tags.items())
    name = json.dumps(f"telemetry_{query.channel}")
    found: dict[int, float] = {}
    for one in _export(transport, f"{{__name__={name},{selected}}}", query.start_ms, query.end_ms):
        found |= dict(zip(one.timestamps, one.values, strict=True))
    values = sorted(item for item in found.items() if query.start_ms <= item[0] < query.end_ms)
    if query.step_ms is None:
        return [Bucket(at_ms, float(value)) for at_ms, value in values[: query.limit]]
    means = Means(query.step_ms)
    for at_ms, value in values:
        means.add(at_ms, value)
    return means.buckets(query.limit)


def count(transport: Transport, measurement: str, start_ms: int, end_ms: int) -> int:
    """Points: different times of the series that share their tags."""
    check(
        transport.ask("GET", "/internal/force_flush").status, "no flush"
    )  # else the newest second is not seen
    found: dict[str, set[int]] = {}
    name = json.dumps(f"{measurement}_.*")
    for one in _export(transport, f"{{__name__=~{name}}}", start_ms, end_ms):
        tags = {key: value for key, value in one.metric.items() if key != "__name__"}
        times = {at_ms for at_ms in one.timestamps if start_ms <= at_ms < end_ms}
        found.setdefault(json.dumps(tags, sort_keys=True), set()).update(times)
    return sum(len(times) for times in found.values())


def _export(transport: Transport, match: str, start_ms: int, end_ms: int) -> Iterator[_Exported]:
    wanted = {"match[]": match, "start": f"{start_ms / 1000:.3f}", "end": f"{end_ms / 1000:.3f}"}
    answer = transport.ask("GET", "/api/v1/export", wanted)
    check(answer.status, answer.words)
    for line in answer.body.splitlines():
        if not line:
            continue
        one = decode(line, _Exported)
        if len(one.values) != len(one.timestamps) or not all(map(math.isfinite, one.values)):
            raise misunderstood(line, "not a finite value for each time")
        yield one
