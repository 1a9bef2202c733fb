"""One run: a small real linli is started, things go wrong, all is drained, and the truth is compared."""

import shutil
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from linli.errors import LinliError
from stores.operational import open_store
from tests.faults import charted
from tests.faults.empty import Stores
from tests.faults.happenings import CLOSING, Journal
from tests.faults.house import DEVICES, GROUPS, MAKERS_EVENTS, House
from tests.faults.injection import Injection
from tests.faults.judge import Judge
from tests.faults.looking import Look
from tests.faults.plan import CLOCKS, Plan
from tests.faults.truth import Truth

DRAIN_S = 25.0
LETTERS_S = 3.0
BEYOND_S = 15.0
LOOK_S = 0.1
TURN_S = 0.005


class Result(Struct, frozen=True):
    """What came of a run. `effects`: what took effect, and how often; `accusations`: what is wrong."""

    plan: Plan
    accusations: list[str]
    effects: dict[str, int] = {}
    events: int = 0
    wall_s: float = 0.0
    folder: str = ""
    """where everything is left to be looked into, after a failure"""

    @property
    def idle(self) -> list[str]:
        """Faults that never took effect."""
        return [what for what, times in self.effects.items() if not times]

    @property
    def well(self) -> bool:
        return not self.accusations and not self.idle


class Run:
    """One plan, carried out."""

    def __init__(self, plan: Plan, stores: Stores) -> None:
        self.plan = plan
        self.house = House(plan, stores)
        self.board = self.house.board
        self.injection = Injection(plan, self.house)
        self._look = Look(self.house.store_url)
        self._accused: list[str] = []
        self._changes: dict[int, tuple[str, str, bytes]] = {}
        """Live changes as a reader has seen them: none may become another."""
        self._look_at = 0.0

    def carry_out(self) -> Result:
        began, events = time.monotonic(), 0
        try:
            for fault in self.house.start():
                self.injection.died(fault)
            if self._live() and self._drain():
                self.injection.everything_again(self._look.duplicates, self._turn)
                self._accused += [*self._wait_until_right(self._points), *self._wait_until_right(self._calls)]
                self.house.stop()
                found, events = self._judged()
                self._accused += found
            self.injection.count()
            self._accused += [f"broken: {each}" for each in self.house.broken]
            if self.board["down.accused"]:
                self._accused.append(f"witness: {self._witnessed()}")
        finally:
            self.house.end()
        wall_s = time.monotonic() - began
        result = Result(
            self.plan, self._accused, self.injection.effects, events, wall_s, str(self.house.folder)
        )
        if result.well:
            shutil.rmtree(self.house.folder)
        return result

    def _live(self) -> bool:
        """Until everything has happened; False when it never does."""
        ends = time.monotonic() + DRAIN_S
        while time.monotonic() < ends:
            self._turn()
            if self.injection.done and not self.house.waiting:
                return True
            if self.house.broken:
                return False
        self._accused.append(f"stuck: after {DRAIN_S} s not all has happened")
        return False

    def _turn(self) -> None:
        time.sleep(TURN_S)
        for fault in self.house.turn():
            self.injection.died(fault)
        self.injection.turn()
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            for change in self._look.changes():
                said = (change.kind, change.key, change.body)
                if self._changes.setdefault(change.number, said) != said:
                    self._accused.append(f"live: change {change.number} was something else before")

    def _drain(self) -> bool:
        """Until every event and photo has its receipt; False when that never comes."""
        self.board["closing"] = 1
        ends = time.monotonic() + DRAIN_S
        names = (*DEVICES, "makers")
        while time.monotonic() < ends:
            self._turn()
            if all(self.board[f"complete/{name}"] and not self.board[f"held/{name}"] for name in names):
                self._wait_for_letters()
                return True
            if self.house.broken:
                return False
        held = {name: self.board[f"held/{name}"] for name in names}
        self._accused.append(f"not drained: after {DRAIN_S} s without receipts: {held}")
        return False

    def _wait_for_letters(self) -> None:
        """What is refused as a whole has no receipt; it is in the store soon after."""
        ends = time.monotonic() + LETTERS_S
        while time.monotonic() < ends and not self._noise_may_be_lost:
            self._turn()
            if (self._look.letters(b"mark-noise") or 0) >= self.board["noise_taken"]:
                return

    def _wait_until_right(self, wrong: Callable[[], list[str]]) -> list[str]:
        """What is still wrong when nothing more comes."""
        found = wrong()
        ends = time.monotonic() + BEYOND_S
        while found and time.monotonic() < ends and not self.house.broken:
            self._turn()
            found = wrong()
        return found

    def _points(self) -> list[str]:
        if not self.plan.influxdb:
            return []
        look, url = self._look, self.house.influxdb_url
        try:
            return list(charted.accusations(url, look.events(), len(look.alert_changes())))
        except (OSError, ValueError) as error:
            return [f"points: InfluxDB cannot be asked: {error}"]

    def _calls(self) -> list[str]:
        webhook = self.house.webhook
        return list(webhook.accusations(self._look.alert_changes())) if webhook is not None else []

    @property
    def _noise_may_be_lost(self) -> bool:
        """Nobody holds it until a receipt comes, so a broker that forgets loses it."""
        return self.plan.has("broker killed") or self.plan.broker == "mosquitto-narrow"

    def _judged(self) -> tuple[list[str], int]:
        """What is wrong, and how many events there were."""
        plan = self.plan
        kept = {
            name: Journal(self.house.folder / group, name)
            for group, names in GROUPS.items()
            for name in names
        }
        journals = {name: list(journal) for name, journal in kept.items()}
        truth = Truth(
            plan.zone,
            journals,
            {name: self.board[f"dropped/{name}"] for name in DEVICES},
            frozenset(GROUPS["b"] if plan.of(*CLOCKS) else []),
            frozenset(GROUPS["b"] if plan.has("clock drifts") else []),
            {name: journal.lost_clock for name, journal in kept.items()},
            MAKERS_EVENTS,
            self.board["noise_taken"],
            self._noise_may_be_lost,
        )
        try:
            store = open_store(self.house.store_url)
        except LinliError as error:
            return [f"the store cannot be opened: {error}"], 0
        try:
            judge = Judge(truth, store, self.house.data / "photos")
            accusations = [*_incomplete(truth, plan), *judge.accusations()]
        finally:
            store.close()
        return accusations, sum(len(journal) for journal in journals.values())

    def _witnessed(self) -> str:
        said = (self.house.folder / "down.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return f"{len(said)} times, as: {said[0] if said else ''}"


def _incomplete(truth: Truth, plan: Plan) -> Iterator[str]:
    """The truth must be whole itself."""
    due = list(range(1, plan.events + CLOSING + 1))
    for device, journal in truth.journals.items():
        if [each.n for each in journal] != due:
            yield f"broken: the journal of {device} is not whole"
