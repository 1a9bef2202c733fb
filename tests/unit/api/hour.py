"""A busy hour of the neighbourhood, the same each time."""

import hashlib
import json

from linli.alerts.state import AlertKind, Severity
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import (
    CountRow,
    CurrentRow,
    DeadLetter,
    DepositRow,
    DeviceRow,
    LiveChange,
    PhotoRow,
    PlaceRow,
)
from linli.timing.days import local_day
from linli.waste import Kind
from tests.contract.samples import hours
from tests.unit.api.filling import Filling, drawn
from tests.unit.api.neighbourhood import EPOCH, KINDS, MINUTE, MISSORT, OFFLINE, ZONE, inventory


def busy_hour(filling: Filling, deposits: int = 260) -> None:
    """The hour up to `filling.now_ms`: levels, deposits, alerts of each urgency, a newcomer, a refusal."""
    filling.store.seed(inventory(), filling.now_ms - 3_600_000)
    _devices(filling)
    _telemetry(filling)
    _throw_in(filling, deposits)
    _alerts(filling)
    _newcomer(filling)
    _refused(filling)
    filling.store.report("ingest", b'{"state":"connected","messages":1234}', filling.now_ms)
    filling.store.report("forwarder", b'{"state":"idle"}', filling.now_ms)


def _devices(filling: Filling) -> None:
    rows = [
        DeviceRow(
            "garden",
            f"bin-{n}",
            state="offline" if n == 4 else "online",
            software="linli-edge/0.1.0",
            model="9f86d081884c7d65",
            heard_ms=filling.now_ms - (n == 4) * 25 * MINUTE,
            events_ms=filling.now_ms - (n == 4) * 25 * MINUTE,
            first_ms=filling.now_ms - 3_600_000,
        )
        for n in range(1, 7)
    ]
    filling.commit(CommitGroup(devices=rows))


def _telemetry(filling: Filling) -> None:
    for n in range(1, 7):
        device = f"bin-{n}"
        levels = {kind.value: filling.dice.uniform(4, 45) for kind in Kind}
        speed = {"kitchen": 0.75, "other": 0.55, "recyclable": 0.8, "hazardous": 0.06}
        group = CommitGroup()
        places: dict[tuple[str, str], CurrentRow] = {}
        for minute in range(60):
            at_ms = filling.now_ms - (60 - minute) * MINUTE
            if n == 4 and minute > 35:
                break
            for kind in KINDS:
                levels[kind] = min(97.0, levels[kind] + filling.dice.uniform(0, 2) * speed[kind])
                if levels[kind] > 88 and not (n == 2 and kind == "recyclable"):
                    levels[kind] = 5.0
                if n == 2 and kind == "recyclable" and minute > 45:
                    levels[kind] = max(levels[kind], 92.0)
                warm = 67.0 if (n, kind) == (5, "other") and minute > 57 else 18.5 + n / 3
                values = {"fill_pct": round(levels[kind], 1), "temperature_c": round(warm, 1)}
                _reading(filling, group, places, device, kind, at_ms, values)
            battery = {"battery_pct": 17.0 if n == 6 else round(88.0 - n * 3 - minute / 30, 1)}
            _reading(filling, group, places, device, "", at_ms, battery)
        group.places = _places(places)
        group.hours = hours(group.events)
        group.ledger = [filling.ledger(device)]
        group.changes = [_level(row) for row in places.values() if row.channel == "fill_pct"]
        filling.commit(group)


def _reading(
    filling: Filling,
    group: CommitGroup,
    places: dict[tuple[str, str], CurrentRow],
    device: str,
    compartment: str,
    at_ms: int,
    values: dict[str, float],
) -> None:
    body: dict[str, object] = dict(values)
    if compartment:
        body["compartment"] = compartment
    event = filling.event(device, "telemetry", at_ms, body)
    group.events.append(event)
    for channel, value in values.items():
        places[compartment, channel] = CurrentRow(
            "garden", device, compartment, channel, value, at_ms, event.seq
        )


def _level(row: CurrentRow) -> LiveChange:
    body = {
        "community": row.community,
        "device": row.device,
        "compartment": row.compartment,
        "channels": {row.channel: row.value},
        "at_ms": row.placed_ms,
    }
    key = f"{row.device}/{row.compartment}"
    return LiveChange(row.community, "level", key, json.dumps(body).encode(), row.placed_ms)


def _throw_in(filling: Filling, deposits: int) -> None:
    group = CommitGroup()
    for n in range(deposits):
        at_ms = filling.now_ms - int((1 - (n + 1) / (deposits + 1)) * 3_500_000)
        device = f"bin-{filling.dice.choice([1, 1, 1, 2, 2, 3, 3, 3, 5, 5])}"
        if n < 9:
            device = "bin-6"
        filling.deposit(group, device, at_ms, n)
    group.ledger = [filling.ledger(f"bin-{n}") for n in range(1, 7)]
    filling.commit(group)


def _alerts(filling: Filling) -> None:
    missort = _battery_in_kitchen(filling)
    warning, now = Severity.WARNING, filling.now_ms
    rows = [
        filling.alert(AlertKind.HEAT, "bin-5", "other", Severity.CRITICAL, "over_limit", 67.0, 2),
        missort,
        filling.alert(AlertKind.OVERFLOW, "bin-2", "recyclable", warning, "over_limit", 94.5, 12),
        filling.alert(AlertKind.OFFLINE, "bin-4", "", warning, "silent", None, 22),
        filling.alert(AlertKind.LOW_BATTERY, "bin-6", "", Severity.INFO, "under_limit", 17.0, 31),
        filling.alert(AlertKind.OVERFLOW, "bin-1", "kitchen", warning, "over_limit", 91.0, 48, over=20),
    ]
    changes = [
        AlertChange(row.id, "fired", row.reason, row.fired_ms, row.fired_ms + 200, value=row.value)
        for row in rows
    ]
    changes += [
        AlertChange(row.id, "resolved", "cleared", row.resolved_ms, row.resolved_ms + 200)
        for row in rows
        if row.resolved_ms is not None
    ]
    told = [LiveChange("garden", "alert", row.id, json.dumps({"id": row.id}).encode(), now) for row in rows]
    filling.commit(CommitGroup(alerts=rows, alert_changes=changes, changes=told))
    filling.store.acknowledge(OFFLINE, "李师傅", now - 15 * MINUTE)


def _battery_in_kitchen(filling: Filling) -> AlertRow:
    at_ms = filling.now_ms - 6 * MINUTE
    jpeg = drawn("battery", 900)
    sha = hashlib.sha256(jpeg).hexdigest()
    filling.photos.put(sha, jpeg)
    body: dict[str, object] = {"compartment": "kitchen", "item": "battery", "photo_sha256": sha}
    event = filling.event("bin-3", "deposit", at_ms, body)
    row = DepositRow(
        community="garden",
        building="b2",
        device="bin-3",
        epoch=EPOCH,
        seq=event.seq,
        compartment="kitchen",
        chosen="kitchen",
        seen="hazardous",
        item="battery",
        confidence=0.96,
        outcome="missorted",
        gravity="grave",
        reason="kitchen_with_hazardous",
        household="",
        weight_kg=0.1,
        photo_sha256=sha,
        model="9f86d081884c7d65",
        profile="shanghai/2019.1",
        placed_ms=at_ms,
        day=local_day(at_ms, ZONE),
    )
    photo = PhotoRow(sha, "garden", "bin-3", EPOCH, event.seq, len(jpeg), at_ms)
    count = CountRow("garden", "b2", "", "kitchen", row.day, "missorted", 1, 0.1)
    ledger = [filling.ledger("bin-3")]
    filling.commit(CommitGroup(events=[event], deposits=[row], photos=[photo], counts=[count], ledger=ledger))
    return AlertRow(
        MISSORT,
        "garden",
        "b2",
        "bin-3",
        "kitchen",
        AlertKind.MISSORT,
        Severity.WARNING,
        "firing",
        "grave_missort",
        1.0,
        sha,
        at_ms,
    )


def _newcomer(filling: Filling) -> None:
    """Kept and not folded: nobody has said where it stands, so it has no current values."""
    row = DeviceRow(
        "garden",
        "bin-7",
        state="online",
        heard_ms=filling.now_ms,
        events_ms=filling.now_ms,
        first_ms=filling.now_ms - 3 * MINUTE,
    )
    events = [
        filling.event("bin-7", "telemetry", filling.now_ms, {"compartment": part, "fill_pct": 95.0})
        for part in ("kitchen", "k1")
    ]
    filling.commit(CommitGroup(events=events, devices=[row], ledger=[filling.ledger("bin-7")]))


def _refused(filling: Filling) -> None:
    raw = b'{"kind":"telemetry","seq":3,"fill_pct":"\xff\x00<script>"}'
    letter = DeadLetter(
        "linli/v1/garden/bin-1/events",
        "json",
        "invalid utf-8",
        raw,
        hashlib.sha256(raw).hexdigest(),
        len(raw),
        filling.now_ms,
    )
    filling.commit(CommitGroup(dead_letters=[letter, letter]))


def _places(current: dict[tuple[str, str], CurrentRow]) -> list[PlaceRow]:
    places: dict[str, PlaceRow] = {}
    for (compartment, channel), row in current.items():
        place = places.setdefault(compartment, PlaceRow(row.community, row.device, compartment, {}))
        place.newest[channel] = (row.value, row.placed_ms, row.seq)
    return list(places.values())
