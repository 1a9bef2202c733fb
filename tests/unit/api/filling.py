"""A second hand on a store: commit groups as ingest builds them, one device after the other. Seeded."""

import hashlib
import io
import json
import random
from dataclasses import dataclass, field

from PIL import Image

from linli.alerts.state import AlertKind, Severity
from linli.ports.alert_rows import AlertRow
from linli.ports.commit_group import CommitGroup
from linli.ports.photos import PhotoStore
from linli.ports.rows import CountRow, DepositRow, EventRow, LedgerRow, LiveChange, PhotoRow
from linli.seqs import SeqSet
from linli.timing.days import local_day
from stores.operational import OperationalStore
from tests.unit.api.neighbourhood import CHOICES, EPOCH, ITEMS, MINUTE, NOW, ZONE, alert_id


def drawn(item: str, seed: int) -> bytes:
    """A picture as small as a JPEG can be."""
    colour = (hash_of(item) % 256, seed * 37 % 256, 120)
    out = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(out, "JPEG")
    return out.getvalue()


def hash_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@dataclass
class Filling:
    """The rows of one event, deposit or alert, and the commit of a group of them."""

    store: OperationalStore
    photos: PhotoStore
    now_ms: int = NOW
    seed: int = 7
    dice: random.Random = field(init=False)
    seqs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

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
        jpeg = drawn(item, n)
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
