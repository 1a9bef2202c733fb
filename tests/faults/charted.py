"""The points in InfluxDB beside the events in the store: each once, at its time, with what it says."""

import json
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from linli.ports.rows import EventRow
from tests.faults.verdicts import verdict

DATABASE = "linli"
CHANNELS = ("fill_pct", "temperature_c", "weight_kg")
FACTS = ("item", "confidence", "weight_kg", "household")
TIMEOUT_S = 10.0

Point = tuple[str, str, str, int]
"""(device, compartment, kind, ns)"""


def accusations(url: str, events: Iterable[EventRow], alert_changes: int) -> Iterator[str]:
    """Everything that is wrong, a line each. Raises OSError while InfluxDB cannot be asked."""
    due: dict[str, dict[Point, dict[str, Any]]] = {"telemetry": {}, "deposit": {}}
    for row in events:
        if row.kind in due:
            body = msgspec.json.decode(row.body)
            kind, fields = _said(row.kind, body)
            at = row.placed_ms * 1_000_000 + row.seq % 1_000_000
            due[row.kind][row.device, body.get("compartment", ""), kind, at] = fields
    for measurement, points in due.items():
        found = {_point(each): _fields(each, measurement) for each in _selected(url, measurement)}
        lacking, foreign = points.keys() - found.keys(), found.keys() - points.keys()
        if lacking or foreign:
            some = min(lacking or foreign)
            yield f"points: {len(lacking)} of {measurement} lacking, {len(foreign)} too many, as {some}"
        differ = [each for each in points.keys() & found.keys() if points[each] != found[each]]
        if differ:
            one = differ[0]
            yield f"points: {len(differ)} differ, as {one}: {found[one]}, true is {points[one]}"
    told = Counter((each["time"], each["device"], each["kind"]) for each in _selected(url, "alert"))
    if (len(told), sum(told.values())) != (alert_changes, alert_changes):
        yield f"points: {sum(told.values())} of alerts for {alert_changes} changes"


def _said(kind: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The tag `kind`, and the fields."""
    if kind == "telemetry":
        return "", {name: float(body[name]) for name in CHANNELS if name in body}
    judged = verdict(body)
    fields = {"verdict": judged} | {name: body[name] for name in FACTS if name in body}
    if judged != "unsure":
        fields["correct"] = float(judged == "correct")
    return body["item_kind"], fields


def _point(row: dict[str, Any]) -> Point:
    return row["device"], row.get("compartment") or "", row.get("kind") or "", row["time"]


def _fields(row: dict[str, Any], measurement: str) -> dict[str, Any]:
    names = CHANNELS if measurement == "telemetry" else ("verdict", "correct", *FACTS)
    return {name: row[name] for name in names if row.get(name) is not None}


def _selected(url: str, measurement: str) -> list[dict[str, Any]]:
    query = urllib.parse.urlencode({"db": DATABASE, "epoch": "ns", "q": f"SELECT * FROM {measurement}"})  # noqa: S608
    with urllib.request.urlopen(f"{url}/query?{query}", timeout=TIMEOUT_S) as answer:
        results = json.loads(answer.read())["results"]
    return [
        dict(zip(series["columns"], values, strict=True))
        for series in results[0].get("series", [])
        for values in series["values"]
    ]
