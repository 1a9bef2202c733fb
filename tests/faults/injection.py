"""What each fault of a plan does, when it is done, and whether it took effect."""

import time
from collections.abc import Callable

from tests.faults.absence import PATIENCE_S
from tests.faults.house import DEVICES, GROUPS, House
from tests.faults.plan import CLOCKS, FAILING, Fault, Plan
from tests.faults.wallclock import JUMPS_MS

FAILS_S = 0.3
"""How long a disk is full or a webhook fails at least; it stays so until it has refused something."""
STILL_S = 0.6
QUIET_S = 0.3
"""When nothing has come for so long, all has come."""
VICTIMS = {"ingest killed anywhere": "ingest", "edge killed anywhere": "b", "broker killed": "broker",
    "InfluxDB killed": "influxdb", "PostgreSQL killed": "postgresql"}  # fmt: skip
"""Killed in the middle of things: while a bin waits for a receipt."""
AWAY = {"InfluxDB away": "influxdb", "webhook away": "webhook"}
"""Killed, and not back before everything has happened."""
OF_B = {"edge killed anywhere", "edge's disk full", "small outbox", *CLOCKS, "clock drifts"}
LINES = (("up",), ("down",), ("up", "down"))
COMMANDS = {
    "network cut": "cut",
    "half-open at the broker": "half",
    "half-open at linli": "gone",
    "silence": "silent",
}


class Injection:
    """The faults of one run. `effects`: how often each took effect; with 0 it never did."""

    def __init__(self, plan: Plan, house: House) -> None:
        self._plan = plan
        self._house = house
        self._board = house.board
        self.effects: dict[str, int] = {fault.what: 0 for fault in plan.faults}
        self._waiting = [fault for fault in plan.faults if not fault.stage]
        self._failing: list[tuple[float, str]] = []
        """Since when what fails."""

    @property
    def done(self) -> bool:
        """All has happened, and all has been done that comes at a time of its own."""
        return self._progress() >= 1 and not self._waiting

    def turn(self) -> None:
        """Do what is due."""
        due = [fault for fault in self._waiting if fault.at <= self._progress(fault.what)]
        self._waiting = [fault for fault in self._waiting if fault not in due or not self._do(fault)]
        self._failing = [each for each in self._failing if not self._is_well_again(*each)]

    def _progress(self, what: str = "") -> float:
        """The share of all happenings that have happened; of those of its own bins, for what befalls them."""
        names = GROUPS["b"] if what in OF_B else DEVICES
        return sum(self._board[f"made/{name}"] for name in names) / (len(names) * self._plan.events)

    def died(self, fault: Fault) -> None:
        """A process has died at the seam that was set for it."""
        self.effects[fault.what] += 1

    def _do(self, fault: Fault) -> bool:
        """False: it would have no effect just now, and has to wait for its moment."""
        house, what = self._house, fault.what
        if what in VICTIMS:
            killed = any(self._board[f"held/{name}"] for name in DEVICES) and house.kill(VICTIMS[what])
            self.effects[what] += killed
            return killed
        if what == "ingest stands still":
            self.effects[what] += (stood := house.stand_still("ingest", STILL_S))
            return stood
        if what in {"clock put right", "clock jumps", "clock from 1970", "clock drifts"}:
            return self._set_clock(fault)
        if what in AWAY:
            self.effects[what] += house.kill(AWAY[what], lambda: self._progress() >= 1)
            return True
        if what == "queue overrun":
            return house.kill("ingest", lambda: house.broker.overrun)
        if what == "small outbox":
            return house.kill("ingest", lambda: self._given_up > 0)
        if what in FAILING:
            self._board[f"{FAILING[what]}_fails"] = 1
            self._failing.append((time.monotonic(), FAILING[what]))
        for line in LINES[int(fault.at * 1_000) % 3] if what in COMMANDS else ():
            self._board.add(f"{line}.{COMMANDS[what]}")
        return True  # the others are there from the beginning, or come at the end

    def _set_clock(self, fault: Fault) -> bool:
        """While the bins live, and what they have stamped waits; from 1970 they begin anew."""
        house, what = self._house, fault.what
        if "b" not in house.children or not any(self._board[f"held/{name}"] for name in GROUPS["b"]):
            return False
        if what == "clock put right":
            house.clock.set(0)
        elif what == "clock jumps":
            house.clock.jump(JUMPS_MS[int(fault.at * 1_000) % 2])
        elif what == "clock drifts":
            house.clock.drift()
        elif house.kill("b"):
            house.clock.lose()
        self.effects[what] += 1
        return True

    @property
    def _given_up(self) -> int:
        return sum(self._board[f"dropped/{name}"] for name in GROUPS["b"])

    def _is_well_again(self, since: float, it: str) -> bool:
        if time.monotonic() - since < FAILS_S or not self._board[f"{it}_failed"]:
            return False
        self._board[f"{it}_fails"] = 0
        return True

    def everything_again(self, duplicates: Callable[[], int | None], turn: Callable[[], None]) -> None:
        """All that ever came, once more, when all else is over."""
        if not self._plan.has("everything again"):
            return
        before = duplicates() or 0
        self._board.add("up.again")
        began = changed = time.monotonic()
        while (now := time.monotonic()) < began + PATIENCE_S and (
            now < changed + QUIET_S or not self.effects["everything again"]
        ):
            turn()
            again = (duplicates() or before) - before
            if again != self.effects["everything again"]:
                self.effects["everything again"], changed = again, now

    def count(self) -> None:
        """What the processes have counted of the faults that are theirs."""
        board = self._board
        counted = {
            **{
                what: sum(board[f"{line}.{does}_done"] for line in ("up", "down"))
                for what, does in COMMANDS.items()
            },
            "delayed and reordered": board["up.held"],
            "duplicated": board["up.doubled"],
            **{what: board[f"{it}_failed"] for what, it in FAILING.items()},
            "malformed": board["noise_taken"],
            "queue overrun": int(self._house.broker.overrun),
            "small outbox": self._given_up,
            "clock ahead": board["made/b1"],
            "clock behind": board["made/b1"],
        }
        self.effects |= {what: times for what, times in counted.items() if what in self.effects}
