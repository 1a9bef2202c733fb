"""What a run is to be: from its seed alone, so that one seed replays one run."""

import random
from typing import Literal

from msgspec import Struct

from tests.faults.seams import EDGE, INGEST

BROKERS = ("iotcore", "mosquitto", "mosquitto-autosave", "mosquitto-ram", "mosquitto-narrow")
"""`autosave`: writes its state every second; `ram`: keeps none; `narrow`: a queue of 20 messages."""
ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "Pacific/Chatham")
EXCLUDED = (
    ("clock behind", "clock ahead"),
    ("clock put right", "clock ahead"),  # it has a wrong beginning of its own
    ("clock put right", "clock behind"),
    ("edge's disk full", "small outbox"),  # what is given up is not lost, and is judged apart
    ("ingest without power", "PostgreSQL killed"),  # what it keeps is on the other side
    ("disk full", "PostgreSQL killed"),
    ("InfluxDB killed", "InfluxDB away"),
    ("webhook fails", "webhook away"),
    ("broker killed", "queue overrun"),  # a broker that has forgotten ingest queues nothing for it
)
"""(fault, not together with this one)"""
WEBHOOK = {"webhook fails", "webhook away"}
INFLUXDB = {"InfluxDB killed", "InfluxDB away"}
FAILING = {"disk full": "ingest_disk", "edge's disk full": "edge_disk", "webhook fails": "webhook"}
"""What fails while the board says so, and counts it there."""
CLOCKS = ("clock ahead", "clock behind", "clock put right", "clock jumps", "clock from 1970")
"""What makes the clocks of the second process of bins wrong by more than minutes, and an alert of it."""
PAST_THE_OLD = 0.5
"""When all that is hours old has been stamped: a clock that counts from its power-on has no such stamps."""

What = Literal[
    "ingest killed", "ingest without power", "ingest killed anywhere",
    "edge killed", "edge without power", "edge killed anywhere",
    "broker killed", "network cut", "half-open at the broker", "half-open at linli", "silence",
    "delayed and reordered", "duplicated", "everything again",
    "disk full", "edge's disk full", "clock ahead", "clock behind", "malformed",
    "clock put right", "clock jumps", "clock from 1970", "clock drifts",
    "queue overrun", "small outbox", "ingest stands still", "InfluxDB killed", "InfluxDB away",
    "PostgreSQL killed", "webhook fails", "webhook away",
]  # fmt: skip


class Fault(Struct, frozen=True):
    """One thing that goes wrong.

    `at`: when, as the share of happenings that have happened. `stage` and `passage`: at a seam instead.
    """

    what: What
    at: float = 0.5
    stage: str = ""
    passage: int = 1


class Plan(Struct, frozen=True):
    """One run."""

    seed: int
    broker: str = "mosquitto"
    zone: str = "Asia/Shanghai"
    events: int = 48
    """of each bin"""
    every_s: float = 0.012
    store: Literal["sqlite", "postgresql"] = "sqlite"
    influxdb: bool = False
    webhook: bool = False
    faults: tuple[Fault, ...] = ()
    weak: str = ""
    """the weakened linli that runs instead, by its name"""

    def of(self, *whats: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.what in whats]

    def has(self, what: str) -> bool:
        return bool(self.of(what))


class Available(Struct, frozen=True):
    """What can run here. A seed gives the same plan wherever the same can."""

    brokers: tuple[str, ...] = BROKERS
    influxdb: bool = True
    postgresql: bool = True


def drawn(seed: int, available: Available) -> Plan:
    """The plan of this seed: one to five faults that can stand beside each other."""
    source = random.Random(seed)
    broker = source.choice(available.brokers)
    possible = dict.fromkeys(INFLUXDB, available.influxdb) | {
        "PostgreSQL killed": available.postgresql,
        "queue overrun": broker == "mosquitto-narrow",
    }
    kinds = [what for what in What.__args__ if possible.get(what, True)]  # type: ignore[attr-defined]
    chosen = source.sample(kinds, source.choice((1, 2, 2, 3, 3, 4)))
    if broker == "mosquitto-narrow" and "queue overrun" not in chosen:
        chosen.append("queue overrun")
    for what, beside in EXCLUDED:
        chosen = [each for each in chosen if each != what or beside not in chosen]
    stages = [each for each in INGEST if available.influxdb or each != "forwarded"]
    faults = tuple(_fault(what, source, stages) for what in chosen)
    return Plan(
        seed,
        broker,
        source.choice(ZONES),
        store="postgresql" if "PostgreSQL killed" in chosen else "sqlite",
        influxdb=bool(INFLUXDB & set(chosen)) or any(fault.stage == "forwarded" for fault in faults),
        webhook=bool(WEBHOOK & set(chosen)),
        faults=faults,
    )


def _fault(what: What, source: random.Random, stages: list[str]) -> Fault:
    at = source.uniform(0.15, 0.85)
    if what in {"ingest killed", "ingest without power"}:
        stage = source.choice(stages)
        return Fault(what, at, stage, source.randint(1, 2 if stage == "forwarded" else 6))
    if what in {"edge killed", "edge without power"}:
        stage = source.choice(list(EDGE))
        return Fault(what, at, stage, source.randint(1, 40 if stage in {"kept", "inserted"} else 6))
    return Fault(what, max(at, PAST_THE_OLD) if what == "clock from 1970" else at)
