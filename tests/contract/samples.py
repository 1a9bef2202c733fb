"""Rows that the suites write: one community, its devices, and what they say."""

import hashlib
import json
from typing import Any

from linli import lineprotocol
from linli.alerts.state import AlertKind, Severity
from linli.events import CHANNELS
from linli.inventory import Building, Community, Device, Inventory
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.rows import DeadLetter, DepositRow, EventRow, HourRow, LedgerRow, PlaceRow
from linli.seqs import SeqSet
from linli.waste import Kind

EPOCH = "k3f9a2b7"
NOON = 1_795_492_800_000 - 1_795_492_800_000 % 3_600_000  # a whole hour in November 2026
MINUTE, HOUR = 60_000, 3_600_000

BUILDINGS = {"b1": Building("b1", "Building 1", 24), "b2": Building("b2", "Building 2", 18)}
GARDEN = Community("garden", "春风里", "Spring Garden", "Asia/Shanghai", "shanghai", BUILDINGS)
BIN_1 = Device("garden", "bin-1", "b1", name="East", compartments={"k1": Kind.KITCHEN, "o1": Kind.OTHER})
INVENTORY = Inventory({"garden": GARDEN}, {("garden", "bin-1"): BIN_1})


def event(
    seq: int,
    body: dict[str, Any],
    *,
    at_ms: int = NOON,
    device: str = "bin-1",
    epoch: str = EPOCH,
    building: str = "b1",
) -> EventRow:
    text = json.dumps({"seq": seq, "ts": at_ms, **body}).encode()
    return EventRow(
        "garden", device, epoch, seq, body["kind"], at_ms, "device_clock", at_ms + 50, building, text
    )


def telemetry(seq: int, at_ms: int = NOON, compartment: str | None = "k1", **channels: Any) -> EventRow:
    place = {} if compartment is None else {"compartment": compartment}
    return event(seq, {"kind": "telemetry", **place, **(channels or {"fill_pct": 50.0})}, at_ms=at_ms)


def hours(events: list[EventRow]) -> list[HourRow]:
    """The sums of these telemetry events, as ingest folds them, none of them open."""
    sums: dict[tuple[str, str, str, str, int], tuple[list[int], dict[str, tuple[int, float]]]] = {}
    for row in events:
        body = json.loads(row.body)
        if body["kind"] != "telemetry":
            continue
        key = (
            row.community,
            row.device,
            body.get("compartment") or "",
            row.epoch,
            row.placed_ms // HOUR * HOUR,
        )
        seqs, channels = sums.setdefault(key, ([], {}))
        seqs.append(row.seq)
        for channel in CHANNELS:
            if body.get(channel) is not None:
                n, total = channels.get(channel, (0, 0.0))
                channels[channel] = n + 1, total + float(body[channel])
    return [HourRow(*key, min(seqs), max(seqs), channels) for key, (seqs, channels) in sums.items()]


def place(channel: str = "fill_pct", value: float = 92.5, at_ms: int = NOON + 10, seq: int = 2) -> PlaceRow:
    """A place with one value, and an hour that is open."""
    hour = HourRow("garden", "bin-1", "k1", EPOCH, at_ms // HOUR * HOUR, seq, seq, {channel: (1, value)})
    return PlaceRow("garden", "bin-1", "k1", {channel: (value, at_ms, seq)}, hour)


def deposit_event(seq: int, at_ms: int = NOON, **more: Any) -> EventRow:
    return event(seq, {"kind": "deposit", "compartment": "k1"}, at_ms=at_ms, **more)


def deposit(seq: int, **changed: Any) -> DepositRow:
    row: dict[str, Any] = {
        "community": "garden",
        "building": "b1",
        "device": "bin-1",
        "epoch": EPOCH,
        "seq": seq,
        "compartment": "k1",
        "chosen": "kitchen",
        "seen": "kitchen",
        "item": "banana_peel",
        "confidence": 0.93,
        "outcome": "correct",
        "gravity": "none",
        "reason": "same_kind",
        "household": "ab" * 16,
        "weight_kg": 0.25,
        "photo_sha256": "",
        "model": "0123abcd",
        "profile": "shanghai@1",
        "placed_ms": NOON,
        "day": "2026-11-24",
    }
    return DepositRow(**row | changed)


def ledger(*ranges: tuple[int, int], device: str = "bin-1", epoch: str = EPOCH, **counts: Any) -> LedgerRow:
    return LedgerRow("garden", device, epoch, SeqSet(ranges), **counts)


def alert(alert_id: str = "a1", **changed: Any) -> AlertRow:
    row: dict[str, Any] = {
        "id": alert_id,
        "community": "garden",
        "building": "b1",
        "device": "bin-1",
        "compartment": "k1",
        "kind": AlertKind.OVERFLOW,
        "severity": Severity.WARNING,
        "state": "firing",
        "reason": "over_limit",
        "value": 92.5,
        "photo_sha256": "",
        "fired_ms": NOON,
    }
    return AlertRow(**row | changed)


def fired(alert_id: str = "a1") -> AlertChange:
    return AlertChange(alert_id, "fired", "over_limit", NOON, NOON + 80, value=92.5)


def dead_letter(raw: bytes, reason: str = "json", topic: str = "linli/v1/garden/bin-1/events") -> DeadLetter:
    return DeadLetter(topic, reason, "not JSON", raw, hashlib.sha256(raw).hexdigest(), len(raw), NOON)


PLACE = {"community": "garden", "building": "b1", "device": "bin-1", "compartment": "k1"}


def point(
    n: int,
    fields: dict[str, lineprotocol.Field] | None = None,
    *,
    at_ns: int | None = None,
    tags: dict[str, str] = PLACE,
    measurement: str = "telemetry",
) -> str:
    """The n-th of many points, a second apart, as a line."""
    at_ns = (NOON + n * 1000) * 1_000_000 + n if at_ns is None else at_ns
    series = lineprotocol.series(measurement, tags.items())
    return lineprotocol.line(series, fields or {"fill_pct": float(n % 100)}, at_ns)


def nothing() -> None:
    """For a sink that is opened: nobody minds that its bucket is empty."""
