"""What a run shows: a live line on a terminal, a plain line now and then elsewhere."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live

from simulators.diary import DAY_S, hour_of
from simulators.fleet import Fleet
from simulators.truth import Truth

LINE_EVERY_S = 5.0
SHOWN_EVERY_S = 0.2


class Progress:
    """Deposits, events, what waits for receipts, alerts."""

    def __init__(self, console: Console, fleet: Fleet, truth: Truth) -> None:
        self._console = console
        self._fleet = fleet
        self._truth = truth
        self._shown_s = 0.0
        self._live = Live("", console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, at_s: float, doing: str = "") -> None:
        """Say how it is at this simulated time; cheap when it was just said."""
        now_s = time.monotonic()
        terminal = self._console.is_terminal
        if now_s - self._shown_s < (SHOWN_EVERY_S if terminal else LINE_EVERY_S):
            return
        self._shown_s = now_s
        if terminal:
            self._live.update(self.line(at_s, doing), refresh=True)
        else:
            self._console.print(self.line(at_s, doing), soft_wrap=True)

    def line(self, at_s: float, doing: str = "") -> str:
        """The line itself."""
        hour = hour_of(at_s)
        kinds, devices = self._truth.kinds, self._fleet.devices
        clock = f"day {int((at_s + 6 * 3600) / DAY_S) + 1}, {int(hour):02d}:{int(hour % 1 * 60):02d}"
        return (
            f"{doing or clock}: {kinds['deposit']:,} deposits, {self._truth.events:,} events, "
            f"{self._fleet.held:,} waiting for receipts, {self._truth.oracle.firing} alerts from readings, "
            f"{self._fleet.online}/{len(devices)} online"
        )
