"""Telemetry over time, as the pages show it, beside the events: each value, and the mean of each hour."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from linli.ports.history import SeriesQuery
from linli.ports.rows import EventRow
from stores.history import OperationalHistory
from stores.operational import OperationalStore
from tests.faults.happenings import HOUR_MS

CHANNELS = ("fill_pct", "temperature_c", "weight_kg")


def accusations(store: OperationalStore, events: Iterable[EventRow]) -> Iterator[str]:
    """Everything that is wrong, a line each."""
    history = OperationalHistory(store)
    due: defaultdict[tuple[str, str, str], list[tuple[int, int, float]]] = defaultdict(list)
    for row in events:
        body = msgspec.json.decode(row.body) if row.kind == "telemetry" else {}
        for channel in CHANNELS & body.keys():
            due[row.device, body["compartment"], channel].append((row.placed_ms, row.seq, body[channel]))
    for (device, compartment, channel), readings in due.items():
        readings.sort()
        start, end = readings[0][0] // HOUR_MS * HOUR_MS, (readings[-1][0] // HOUR_MS + 1) * HOUR_MS
        query = SeriesQuery("garden", device, compartment, channel, start, end)
        values = [(each.at_ms, each.value) for each in history.series(query)]
        if values != [(at_ms, value) for at_ms, _, value in readings]:
            yield f"history: {device} {compartment} {channel} has {len(values)} values of {len(readings)}"
        means = history.series(replace(query, step_ms=HOUR_MS))
        found = {each.at_ms: each.value for each in means}
        true = _means(readings)
        if found.keys() != true.keys() or any(not math.isclose(found[at], true[at]) for at in true):
            yield f"history: hours of {device} {compartment} {channel} are {found}, true is {true}"


def _means(readings: list[tuple[int, int, float]]) -> dict[int, float]:
    hours: defaultdict[int, list[float]] = defaultdict(list)
    for at_ms, _, value in readings:
        hours[at_ms // HOUR_MS * HOUR_MS].append(value)
    return {at_ms: math.fsum(values) / len(values) for at_ms, values in hours.items()}
