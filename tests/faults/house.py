"""The small real linli of a run: broker, two lines, ingest, two processes of bins, other makers' devices."""

import signal
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy.ports import unused
from edge.outboxfile import MAX_BYTES
from tests.faults import edges, ingests, makers, powercut, seams, wallclock, weakened, wire
from tests.faults.absence import Absence
from tests.faults.board import Board
from tests.faults.children import Child
from tests.faults.empty import Stores
from tests.faults.happenings import COMPARTMENTS
from tests.faults.plan import FAILING, Fault, Plan
from tests.faults.servers import Broker, InfluxDB, Server
from tests.faults.wallclock import WallClock
from tests.faults.webhook import Webhook
from tests.inventories import community_toml
from tests.postgresql import RunningPostgres

GROUPS = {"a": ["a1", "a2"], "b": ["b1", "b2"]}
"""Two processes of two bins each: what befalls one leaves the other."""
DEVICES = [name for names in GROUPS.values() for name in names]
FAILED = 1
TURN_S = 0.005
SMALL_OUTBOX_BYTES = 2_500
MAKERS_EVENTS = 20
NOISE = 120

_FLAGS = (
    "closing", "noise_taken",
    *(f"{it}_{does}" for it in FAILING.values() for does in ("fails", "failed")),
)  # fmt: skip
_PER_DEVICE = ("made", "held", "dropped", "complete")


class House:
    """All processes of one run."""

    def __init__(self, plan: Plan, stores: Stores) -> None:
        self.plan = plan
        self.folder = Path(tempfile.mkdtemp(prefix="linli-faults-"))
        self.data = self.folder / "data"
        for each in (self.data, *(self.folder / group for group in GROUPS)):
            each.mkdir()
        inventory = community_toml((*DEVICES, *makers.NAMES), COMPARTMENTS, timezone=plan.zone)
        (self.data / "inventory.toml").write_text(inventory, encoding="utf-8")
        per_device = [f"{what}/{name}" for name in (*DEVICES, "makers") for what in _PER_DEVICE]
        clocks = [slot for group in GROUPS for slot in wallclock.slots(group)]
        self.board = Board([*_FLAGS, *per_device, *wire.slots("up"), *wire.slots("down"), *clocks])
        self.clock = WallClock(self.board, "b")
        """of the second process of bins"""
        self.clock.set(wallclock.begins_off(plan))
        self.children: dict[str, Child] = {}
        self._set: dict[str, Fault | None] = {}
        """The fault that each process is to die of."""
        self.broken: list[str] = []
        """Processes that ended by themselves."""
        self._away: list[Absence] = []
        broker, influxdb, rpc, webhook, self._up, self._down = unused(6)
        self.broker = Broker(plan.broker, broker, self.folder / "broker")
        self.servers: dict[str, Server | RunningPostgres] = {"broker": self.broker}
        self.influxdb_url = ""
        if plan.influxdb:
            self.servers["influxdb"] = InfluxDB(influxdb, rpc, self.folder / "influxdb")
            self.influxdb_url = f"http://127.0.0.1:{influxdb}"
        self.webhook: Webhook | None = None
        if plan.webhook:
            self.servers["webhook"] = self.webhook = Webhook(webhook, self.folder / "webhook", self.board)
        if plan.store == "postgresql":
            self.servers["postgresql"], self.store_url = stores.postgresql()
        else:
            self.store_url = stores.sqlite(self.data)
        self._to_come = {
            "ingest": plan.of("ingest killed", "ingest without power"),
            "a": plan.of("edge killed", "edge without power"),
            "b": [],
        }
        """What the next lives of these are to die of."""

    @property
    def waiting(self) -> bool:
        """Something is away and about to come back."""
        return bool(self._away)

    def start(self) -> list[Fault]:
        """Returns the faults of which ingest has died before it had subscribed."""
        plan = self.plan
        for name, server in self.servers.items():
            if name != "postgresql":  # it runs already
                server.start()
        up = wire.Wire(
            "up",
            self._up,
            self.broker.port,
            hold=0.3 if plan.has("delayed and reordered") else 0.0,
            double=0.4 if plan.has("duplicated") else 0.0,
            seed=plan.seed,
        )
        self._start("up", partial(wire.run, up, self.board))
        down = wire.Wire("down", self._down, self.broker.port, store=self.store_url)
        self._start("down", partial(wire.run, down, self.board))
        self.start_ingest()
        # What a broker takes before anybody has ever subscribed is nobody's.
        deadline, died = time.monotonic() + 10, []
        while not self.board["down.subscribed"] and not self.broken:
            if time.monotonic() > deadline:
                raise RuntimeError("ingest does not subscribe")
            died += self.turn()
            time.sleep(TURN_S)
        for group in GROUPS:
            self.start_edge(group)
        told = makers.Makers(
            self.folder,
            self._up,
            plan.seed,
            MAKERS_EVENTS,
            plan.events * plan.every_s / MAKERS_EVENTS,
            NOISE if plan.has("malformed") else 6,
        )
        self._start("makers", partial(makers.live, told, self.board))
        return died

    def start_ingest(self) -> None:
        fault = self._next_fault("ingest")
        told = ingests.Told(
            self.data,
            self._down,
            self.influxdb_url,
            self.store_url,
            self.webhook.url if self.webhook is not None else "",
            fault,
            self.plan.weak,
        )
        self._start("ingest", partial(ingests.live, told, self.board), fault)

    def start_edge(self, group: str) -> None:
        fault = self._next_fault(group)
        small = group == "b" and self.plan.has("small outbox")
        told = edges.Edge(
            self.folder / group,
            GROUPS[group],
            self.plan.seed,
            self._up,
            self.plan.events,
            self.plan.every_s,
            SMALL_OUTBOX_BYTES if small else MAX_BYTES,
        )
        self._start(group, partial(self._live_edge, told, fault), fault)

    def _live_edge(self, told: edges.Edge, fault: Fault | None) -> None:
        board = self.board
        is_b = told.devices == GROUPS["b"]
        powercut.Disk(
            told.folder,
            lambda: is_b and bool(board["edge_disk_fails"]),
            lambda: board.add("edge_disk_failed"),
        )
        if self.plan.weak:
            weakened.weaken(self.plan.weak, "edge")
        if fault is not None:
            seams.die_at(seams.EDGE, fault.stage, fault.passage, lambda: bool(board["closing"]))
        edges.live(told, board)

    def _next_fault(self, name: str) -> Fault | None:
        return self._to_come[name].pop(0) if self._to_come[name] else None

    def _start(self, name: str, main: Callable[[], int | None], fault: Fault | None = None) -> None:
        self.children[name] = Child(name, main, self.folder / f"{name}.log")
        self._set[name] = fault

    def kill(self, name: str, until: Callable[[], bool] = lambda: True) -> bool:
        """`kill -9` of ingest, a process of bins, or a server; it comes back after a while, and not before
        `until` (or PATIENCE_S). False when it is away.
        """
        if name in self.servers:
            self.servers[name].kill()
            self._away.append(Absence(self.servers[name].start, until))
            return True
        if name not in self.children:
            return False
        self.children.pop(name).kill()
        self._put_back(name)
        self._come_back(name, until)
        return True

    def _put_back(self, name: str) -> None:
        """It has ended, and not of what was set for it."""
        if (fault := self._set[name]) is not None:
            self._to_come[name].insert(0, fault)

    def _come_back(self, name: str, until: Callable[[], bool] = lambda: True) -> None:
        start = self.start_ingest if name == "ingest" else partial(self.start_edge, name)
        self._away.append(Absence(start, until))

    def turn(self) -> list[Fault]:
        """Bring back what is due; returns the faults of which somebody has died since the last turn."""
        died = []
        back = [each for each in self._away if each.over]
        self._away = [each for each in self._away if each not in back]
        for each in back:
            each.start()
        for name, child in list(self.children.items()):
            if child.runs():
                continue
            del self.children[name]
            fault = self._set[name]
            if child.status == -9 and fault is not None:
                if "without power" in fault.what:
                    powercut.cut(self.data if name == "ingest" else self.folder / name)
                died.append(fault)
                self._come_back(name)
            elif name == "ingest" and child.status == FAILED and "msg=running" not in child.tail():
                self._put_back(name)  # its store is away: it says so, and a supervisor starts it again
                self._come_back(name)
            else:
                self.broken.append(f"{name} ended with {child.status}: {child.tail(1_500)}")
        return died

    def stand_still(self, name: str, seconds: float) -> bool:
        """It does not run for a while, and does not know; False when it is away."""
        if name not in self.children:
            return False
        child = self.children[name]
        child.send(signal.SIGSTOP)
        self._away.append(Absence(partial(child.send, signal.SIGCONT), at_least_s=seconds))
        return True

    def stop(self) -> None:
        """Everybody leaves as they should."""
        for name in ("a", "b", "makers", "ingest", "up", "down"):
            if (child := self.children.get(name)) is not None:
                child.end()
                if child.status and name != "makers":
                    self.broken.append(f"{name} did not stop well ({child.status}): {child.tail(1_500)}")

    def end(self) -> None:
        """Whatever still runs; PostgreSQL is not ours alone."""
        for child in self.children.values():
            child.kill()
        for name, server in self.servers.items():
            if name != "postgresql":
                server.kill()
        self.board.close()
