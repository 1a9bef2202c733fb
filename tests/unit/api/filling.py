"""A real store with a busy hour of a small neighbourhood in it: seeded, the same each time."""

import hashlib
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from PIL import Image

from linli.alerts.state import AlertKind, Severity
from linli.inventory import Inventory, parse_inventory
from linli.ports.alert_rows import AlertChange, AlertRow
from linli.ports.commit_group import CommitGroup
from linli.ports.photos import PhotoStore
from linli.ports.rows import (
    CountRow,
    CurrentRow,
    DeadLetter,
    DepositRow,
    DeviceRow,
    EventRow,
    LedgerRow,
    LiveChange,
    PhotoRow,
    PlaceRow,
)
from linli.seqs import SeqSet
from linli.timing.days import local_day
from linli.waste import Kind
from stores.operational import OperationalStore
from tests.contract.samples import hours

MINUTE = 60_000
NOW = 1_764_043_200_000  # 2025-11-25 12:00 in Shanghai
EPOCH = "k3J8vPqLw2Zx"
ZONE = ZoneInfo("Asia/Shanghai")
ITEMS = {
    "kitchen": ["food_waste"],
    "other": ["misc_trash", "ceramic_shell"],
    "recyclable": ["plastic", "cardboard", "glass", "metal", "paper"],
    "hazardous": ["battery", "lamp"],
}
KIND_OF = {item: kind for kind, items in ITEMS.items() for item in items}
KINDS = ("recyclable", "hazardous", "kitchen", "other")
CHOICES = ["kitchen"] * 9 + ["other"] * 5 + ["recyclable"] * 6 + ["hazardous"]


def alert_id(device: str, compartment: str, kind: str) -> str:
    """16 hex digits, as ingest makes them."""
    return hashlib.blake2b(f"garden/{device}/{compartment}/{kind}/1".encode(), digest_size=8).hexdigest()


HEAT = alert_id("bin-5", "other", "heat")
MISSORT = alert_id("bin-3", "kitchen", "missort")
OVERFLOW = alert_id("bin-2", "recyclable", "overflow")
OFFLINE = alert_id("bin-4", "", "offline")
LOW_BATTERY = alert_id("bin-6", "", "low_battery")

INVENTORY = """
[communities.garden]
name_zh = "春风里"
name_en = "Spring Garden"
timezone = "Asia/Shanghai"
profile = "shanghai"
buildings.b1 = { name = "1号楼", households = 24 }
buildings.b2 = { name = "2号楼", households = 18 }
buildings.b3 = { name = "3号楼", households = 30 }

[communities.harbour]
name_zh = "港湾"
name_en = "Harbour"
timezone = "Asia/Shanghai"
profile = "national"
buildings.h1 = { name = "A座", households = 12 }
""" + "".join(
    f'[communities.garden.devices.bin-{n}]\nbuilding = "b{b}"\nname = "{name}"\n'
    "compartments = { " + ", ".join(f'{kind} = "{kind}"' for kind in KINDS) + " }\n"
    for n, b, name in (
        (1, 1, "1号楼东门"),
        (2, 1, "1号楼西门"),
        (3, 2, "2号楼门厅"),
        (4, 2, "2号楼地下"),
        (5, 3, "3号楼门厅"),
        (6, 3, "3号楼后院"),
    )
)


def inventory() -> Inventory:
    return parse_inventory(INVENTORY)


def drawn(item: str, seed: int) -> bytes:
    """A picture as small as a JPEG can be; whoever wants better ones gives another function."""
    colour = (hash_of(item) % 256, seed * 37 % 256, 120)
    out = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(out, "JPEG")
    return out.getvalue()


def hash_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@dataclass
class Filling:
    """Builds commit groups the way ingest does, one device after the other."""

    store: OperationalStore
    photos: PhotoStore
    now_ms: int = NOW
    seed: int = 7
    picture: Callable[[str, int], bytes] = drawn
    deposits: int = 260
    dice: random.Random = field(init=False)
    seqs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def fill(self) -> None:
        self.store.seed(inventory(), self.now_ms - 3_600_000)
        self.devices()
        self.telemetry()
        self.throw_in()
        self.alerts()
        self.newcomer()
        self.refused()
        self.store.report("ingest", b'{"state":"connected","messages":1234}', self.now_ms)
        self.store.report("forwarder", b'{"state":"idle"}', self.now_ms)

    def commit(self, group: CommitGroup) -> None:
        self.store.commit(group, self.store.operator_version())

    def event(self, device: str, kind: str, at_ms: int, body: dict[str, object]) -> EventRow:
        seq = self.seqs[device] = self.seqs.get(device, 0) + 1
        raw = json.dumps({"kind": kind, "seq": seq, "ts": at_ms, **body}).encode()
        building = "" if device == "bin-7" else f"b{(int(device[-1]) + 1) // 2}"
        return EventRow("garden", device, EPOCH, seq, kind, at_ms, "device_clock", at_ms + 40, building, raw)

    def ledger(self, device: str) -> LedgerRow:
        last = self.seqs.get(device, 0)
        received, first = last, self.now_ms - 3_600_000
        return LedgerRow(
            "garden", device, EPOCH, SeqSet([(1, last)]), received, 2, 0, 0, 0, first, self.now_ms
        )

    def devices(self) -> None:
        rows = [
            DeviceRow(
                "garden",
                f"bin-{n}",
                state="offline" if n == 4 else "online",
                software="linli-edge/0.1.0",
                model="9f86d081884c7d65",
                heard_ms=self.now_ms - (n == 4) * 25 * MINUTE,
                events_ms=self.now_ms - (n == 4) * 25 * MINUTE,
                first_ms=self.now_ms - 3_600_000,
            )
            for n in range(1, 7)
        ]
        self.commit(CommitGroup(devices=rows))

    def telemetry(self) -> None:
        for n in range(1, 7):
            device = f"bin-{n}"
            levels = {kind.value: self.dice.uniform(4, 45) for kind in Kind}
            speed = {"kitchen": 0.75, "other": 0.55, "recyclable": 0.8, "hazardous": 0.06}
            group = CommitGroup()
            places: dict[tuple[str, str], CurrentRow] = {}
            for minute in range(60):
                at_ms = self.now_ms - (60 - minute) * MINUTE
                if n == 4 and minute > 35:
                    break
                for kind in KINDS:
                    levels[kind] = min(97.0, levels[kind] + self.dice.uniform(0, 2) * speed[kind])
                    if levels[kind] > 88 and not (n == 2 and kind == "recyclable"):
                        levels[kind] = 5.0
                    if n == 2 and kind == "recyclable" and minute > 45:
                        levels[kind] = max(levels[kind], 92.0)
                    warm = 67.0 if (n, kind) == (5, "other") and minute > 57 else 18.5 + n / 3
                    values = {"fill_pct": round(levels[kind], 1), "temperature_c": round(warm, 1)}
                    self._reading(group, places, device, kind, at_ms, values)
                battery = {"battery_pct": 17.0 if n == 6 else round(88.0 - n * 3 - minute / 30, 1)}
                self._reading(group, places, device, "", at_ms, battery)
            group.places = _places(places)
            group.hours = hours(group.events)
            group.ledger = [self.ledger(device)]
            group.changes = [self.level(row) for row in places.values() if row.channel == "fill_pct"]
            self.commit(group)

    def _reading(
        self,
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
        event = self.event(device, "telemetry", at_ms, body)
        group.events.append(event)
        for channel, value in values.items():
            places[compartment, channel] = CurrentRow(
                "garden", device, compartment, channel, value, at_ms, event.seq
            )

    def level(self, row: CurrentRow) -> LiveChange:
        body = {
            "community": row.community,
            "device": row.device,
            "compartment": row.compartment,
            "channels": {row.channel: row.value},
            "at_ms": row.placed_ms,
        }
        key = f"{row.device}/{row.compartment}"
        return LiveChange(row.community, "level", key, json.dumps(body).encode(), row.placed_ms)

    def throw_in(self) -> None:
        group = CommitGroup()
        for n in range(self.deposits):
            at_ms = self.now_ms - int((1 - (n + 1) / (self.deposits + 1)) * 3_500_000)
            device = f"bin-{self.dice.choice([1, 1, 1, 2, 2, 3, 3, 3, 5, 5])}"
            if n < 9:
                device = "bin-6"
            self.deposit(group, device, at_ms, n)
        group.ledger = [self.ledger(f"bin-{n}") for n in range(1, 7)]
        self.commit(group)

    def deposit(self, group: CommitGroup, device: str, at_ms: int, n: int) -> DepositRow:
        seen = self.dice.choice(CHOICES)
        item = self.dice.choice(ITEMS[seen])
        building = f"b{(int(device[-1]) + 1) // 2}"
        wrong = self.dice.random() < (0.09 if building == "b1" else 0.2)
        chosen = self.dice.choice(["kitchen", "other"]) if wrong else seen
        unsure = self.dice.random() < 0.08
        outcome = "unsure" if unsure else "correct" if chosen == seen else "missorted"
        if outcome == "missorted" and (chosen, seen) == ("other", "recyclable"):
            outcome = "missed_recycling"
        gravity = "none" if outcome != "missorted" else "grave" if seen == "hazardous" else "minor"
        jpeg = self.picture(item, n)
        sha = hashlib.sha256(jpeg).hexdigest()
        self.photos.put(sha, jpeg)
        weight = round(self.dice.uniform(0.1, 1.9), 2)
        household = hashlib.sha256(f"{building}{n % 17}".encode()).hexdigest()[:32]
        body: dict[str, object] = {
            "compartment": chosen,
            "item": item,
            "item_kind": seen,
            "confidence": 0.9,
            "photo_sha256": sha,
        }
        event = self.event(device, "deposit", at_ms, body)
        row = DepositRow(
            "garden",
            building,
            device,
            EPOCH,
            event.seq,
            chosen,
            chosen,
            "" if unsure else seen,
            "" if unsure else item,
            round(self.dice.uniform(0.3, 0.55) if unsure else self.dice.uniform(0.72, 0.99), 2),
            outcome,
            gravity,
            "low_confidence" if unsure else "same_kind" if chosen == seen else f"{chosen}_with_{seen}",
            household,
            weight,
            sha,
            "9f86d081884c7d65",
            "shanghai/2019.1",
            at_ms,
            local_day(at_ms, ZONE),
        )
        group.events.append(event)
        group.deposits.append(row)
        group.photos.append(PhotoRow(sha, "garden", device, EPOCH, event.seq, len(jpeg), at_ms))
        day = row.day
        group.counts.append(CountRow("garden", building, household, chosen, day, outcome, 1, weight))
        told = {"community": "garden", "device": device, "outcome": outcome, "at_ms": at_ms}
        group.changes.append(
            LiveChange("garden", "deposit", f"{device}/{event.seq}", json.dumps(told).encode(), at_ms)
        )
        return row

    def alerts(self) -> None:
        missort = self._battery_in_kitchen()
        warning, now = Severity.WARNING, self.now_ms
        rows = [
            self.alert(AlertKind.HEAT, "bin-5", "other", Severity.CRITICAL, "over_limit", 67.0, 2),
            missort,
            self.alert(AlertKind.OVERFLOW, "bin-2", "recyclable", warning, "over_limit", 94.5, 12),
            self.alert(AlertKind.OFFLINE, "bin-4", "", warning, "silent", None, 22),
            self.alert(AlertKind.LOW_BATTERY, "bin-6", "", Severity.INFO, "under_limit", 17.0, 31),
            self.alert(AlertKind.OVERFLOW, "bin-1", "kitchen", warning, "over_limit", 91.0, 48, over=20),
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
        told = [
            LiveChange("garden", "alert", row.id, json.dumps({"id": row.id}).encode(), now) for row in rows
        ]
        self.commit(CommitGroup(alerts=rows, alert_changes=changes, changes=told))
        self.store.acknowledge(OFFLINE, "李师傅", now - 15 * MINUTE)

    def alert(
        self,
        kind: AlertKind,
        device: str,
        compartment: str,
        severity: Severity,
        reason: str,
        value: float | None,
        ago: int,
        over: int | None = None,
    ) -> AlertRow:
        return AlertRow(
            alert_id(device, compartment, kind),
            "garden",
            f"b{(int(device[-1]) + 1) // 2}",
            device,
            compartment,
            kind,
            severity,
            "firing" if over is None else "resolved",
            reason,
            value,
            "",
            self.now_ms - ago * MINUTE,
            None if over is None else self.now_ms - over * MINUTE,
        )

    def _battery_in_kitchen(self) -> AlertRow:
        at_ms = self.now_ms - 6 * MINUTE
        jpeg = self.picture("battery", 900)
        sha = hashlib.sha256(jpeg).hexdigest()
        self.photos.put(sha, jpeg)
        body: dict[str, object] = {"compartment": "kitchen", "item": "battery", "photo_sha256": sha}
        event = self.event("bin-3", "deposit", at_ms, body)
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
        ledger = [self.ledger("bin-3")]
        self.commit(
            CommitGroup(events=[event], deposits=[row], photos=[photo], counts=[count], ledger=ledger)
        )
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

    def newcomer(self) -> None:
        """Kept and not folded: nobody has said where it stands, so it has no current values."""
        row = DeviceRow(
            "garden",
            "bin-7",
            state="online",
            heard_ms=self.now_ms,
            events_ms=self.now_ms,
            first_ms=self.now_ms - 3 * MINUTE,
        )
        events = [
            self.event("bin-7", "telemetry", self.now_ms, {"compartment": part, "fill_pct": 95.0})
            for part in ("kitchen", "k1")
        ]
        self.commit(CommitGroup(events=events, devices=[row], ledger=[self.ledger("bin-7")]))

    def refused(self) -> None:
        raw = b'{"kind":"telemetry","seq":3,"fill_pct":"\xff\x00<script>"}'
        letter = DeadLetter(
            "linli/v1/garden/bin-1/events",
            "json",
            "invalid utf-8",
            raw,
            hashlib.sha256(raw).hexdigest(),
            len(raw),
            self.now_ms,
        )
        self.commit(CommitGroup(dead_letters=[letter, letter]))


def _places(current: dict[tuple[str, str], CurrentRow]) -> list[PlaceRow]:
    places: dict[str, PlaceRow] = {}
    for (compartment, channel), row in current.items():
        place = places.setdefault(compartment, PlaceRow(row.community, row.device, compartment, {}))
        place.newest[channel] = (row.value, row.placed_ms, row.seq)
    return list(places.values())
