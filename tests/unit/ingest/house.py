"""An ingest without its connection: the real pipeline over a real store, and a clock that stands still."""

import atexit
import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from ingest.acceptance import Acceptance
from ingest.broker.message import Message
from ingest.broker.receipts import Receipts
from ingest.commit import Committer
from ingest.decode import Decoder
from ingest.draft import Draft
from ingest.memory import Memory
from ingest.pipeline import Pipeline
from ingest.presence import Presence
from ingest.settings import Settings
from linli import messages, topics
from linli.clock import Clock
from linli.inventory import parse_inventory
from linli.messages import Receipt
from linli.ports.rows import DeviceRow
from stores.operational import FILE, open_store, sqlite_url
from stores.photos import PhotoFolder

NOW = 1_764_032_400_000  # 2025-11-25 09:00 in Shanghai
EPOCH = "k3j9x2m4"
INVENTORY = """
[communities.garden]
timezone = "Asia/Shanghai"
profile = "shanghai"
[communities.garden.buildings.b1]
households = 24
[communities.garden.devices.bin-1]
building = "b1"
compartments = { kitchen = "kitchen", recyclable = "recyclable" }
[communities.garden.devices.cam-1]
building = "b1"
type = "camera"
[communities.garden.devices.gate-1]
building = "b1"
type = "gateway"
[communities.hill]
timezone = "Asia/Kathmandu"
profile = "national"
[communities.hill.buildings.h1]
"""
TABLES = [
    "events",
    "places",
    "deposits",
    "compliance_counts",
    "rule_slots",
    "alerts",
    "alert_changes",
    "photos",
    "live_changes",
]


@cache
def _template() -> Path:
    """A seeded database, made once: most tests need one, and migrations take their time."""
    folder = Path(tempfile.mkdtemp(prefix="linli-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = open_store(sqlite_url(folder))
    store.seed(parse_inventory(INVENTORY), NOW)
    store.close()
    return folder / FILE


class House:
    """`send` messages, look into `store`; `now` is the clock."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.now = NOW
        self.put_right_ms = 0
        """By how much the wall clock has been set back in all; the steady clock knows nothing of it."""
        if not url and not (folder / FILE).exists():
            shutil.copy(_template(), folder / FILE)
        self.store = open_store(url or sqlite_url(folder))
        if url:
            self.store.seed(parse_inventory(INVENTORY), NOW)
        self.photos = PhotoFolder(folder / "photos")
        self.presence = Presence(180_000, 3_600_000)
        self.published: list[tuple[str, bytes]] = []
        self.connected = True
        self.start()

    def start(self) -> None:
        """A fresh process over what is stored."""
        self.memory = Memory(self.store)
        pipeline = Pipeline(
            self.store, self.photos, self.presence, Settings(data_dir=str(self.folder)).unknown_devices_max
        )
        self.committer = Committer(self.store, self.memory, pipeline, lambda: self.now)
        self.acceptance = Acceptance(self.store, self.memory, self.committer)
        self.decoder = Decoder()
        self.receipts = Receipts(self.memory.ledger, self._publish, lambda: self.now)
        self.memory.load()

    @property
    def steady(self) -> int:
        """The clock to wait by."""
        return self.now + self.put_right_ms

    @property
    def clock(self) -> Clock:
        """Both."""
        return Clock(lambda: self.now, lambda: self.steady)

    def set_back(self, ms: int) -> None:
        """Somebody puts the wall clock right."""
        self.now -= ms
        self.put_right_ms += ms

    def _publish(self, topic: str, payload: bytes) -> bool:
        if self.connected:
            self.published.append((topic, payload))
        return self.connected

    def take(self, *arrived: Message) -> list[Draft]:
        """One commit group."""
        self.receipts.tick(self.steady)
        if not self.memory.loaded:
            self.memory.load()
        settled = self.committer.settle(self.decoder.decode(arrived, self.memory.sites))
        drafts = [each.draft for each in settled if each.draft is not None]
        for draft in drafts:
            self.receipts.note(draft.answers, self.steady)
            self.presence.watch(draft.seen, self.memory)
        return drafts

    def message(self, payload: bytes, topic: str | bytes = "linli/v1/garden/bin-1/events") -> Message:
        return Message(topic.encode() if isinstance(topic, str) else topic, payload, self.now, 1)

    def batch(self, *events: dict[str, Any], device: str = "garden/bin-1", **envelope: Any) -> Message:
        """A batch; events without `seq` are numbered from 1, those without `ts` happened now."""
        numbered = [{"seq": i, "ts": self.now} | event for i, event in enumerate(events, 1)]
        body = {"epoch": EPOCH, "first": 1, "sent": self.now, "events": numbered} | envelope
        return self.message(msgspec.json.encode(body), f"linli/v1/{device}/events")

    def send(self, *events: dict[str, Any], **rest: Any) -> None:
        self.take(self.batch(*events, **rest))

    def status(self, device: str = "garden/bin-1", *, retained: bool = False, **status: Any) -> None:
        body = {"state": "online", "session": "sess0001"} | status
        message = self.message(msgspec.json.encode(body), f"linli/v1/{device}/status")
        message.retained = retained
        self.take(message)

    def photo(self, jpeg: bytes, device: str = "garden/bin-1", seq: int = 1, sha256: str = "") -> Message:
        import hashlib

        header = messages.PhotoHeader(EPOCH, seq, sha256 or hashlib.sha256(jpeg).hexdigest())
        return self.message(messages.encode_photo(messages.Photo(header, jpeg)), f"linli/v1/{device}/photos")

    def tick(self) -> None:
        """What the loop does each second about presence."""
        due = self.presence.due(self.memory, self.now, self.steady)
        if due:
            self.committer.write(partial(self.presence.judge, due))

    def accept(self, device: str, building: str = "b1", **compartments: str) -> None:
        row = DeviceRow("garden", device, accepted=True, building=building, compartments=compartments)
        self.store.accept(row, "tester", self.now)
        self.memory.load()

    def receipt(self) -> Receipt:
        """The newest receipt."""
        topic, payload = self.published[-1]
        assert topics.parse(topic).channel == topics.Channel.RECEIPTS
        return messages.decode_receipt(payload)

    def reasons(self) -> dict[str, int]:
        return self.store.dead_letter_counts()

    def alerts(self) -> list[tuple[str, str, str]]:
        """(kind, change, reason) of every change, in order."""
        changes = self.store.alert_changes_after(0, 1_000)
        return [(row.kind.value, change.change, change.reason) for change, row in changes]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of everything that people are judged or called by."""
        with self.sql() as connection:
            return {
                table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 - our names
                for table in TABLES
            }

    @contextmanager
    def sql(self) -> Iterator[sqlite3.Connection]:
        """A second hand on the database file."""
        connection = sqlite3.connect(self.folder / "linli.db", isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()


def fill(pct: float, **rest: Any) -> dict[str, Any]:
    return {"kind": "telemetry", "compartment": "kitchen", "fill_pct": pct} | rest


def deposit(item: str, kind: str, confidence: float = 0.9, **rest: Any) -> dict[str, Any]:
    return {
        "kind": "deposit",
        "compartment": "kitchen",
        "item": item,
        "item_kind": kind,
        "confidence": confidence,
    } | rest


def jpeg(width: int = 64, height: int = 48, shade: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 120, 60)).save(out, "JPEG")
    return out.getvalue()
