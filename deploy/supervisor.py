"""Keeps the parts of linli running together: starts them, restarts what crashes, stops them in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.errors import DeployError
from deploy.process import Process

BACK_OFF_FIRST_S = 0.5
BACK_OFF_MOST_S = 30.0
# Who stayed up this long has recovered, and its next crash is a first one again.
STEADY_S = 60.0


@dataclass(slots=True)
class Part:
    """A process and what "it is ready" means for it."""

    process: Process
    ready: Callable[[], bool]
    ready_within_s: float = 30.0
    crashes: int = 0
    restart_at_s: float | None = field(default=None)


class Supervisor:
    """Parts in the order they were started. Not thread-safe: one loop calls `watch`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._parts: list[Part] = []

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self._parts)

    def start(self, *parts: Part) -> None:
        """Starts these together, and returns when each is ready.

        Raises DeployError when one ends or is not ready in time; what was started stays for `stop`.
        """
        for part in parts:
            self._parts.append(part)
            part.process.start()
        for part in parts:
            part.process.wait_ready(part.ready, part.ready_within_s)

    def watch(self) -> None:
        """One look at every part: a crashed one starts again, after a pause that doubles with each crash."""
        now_s = time.monotonic()
        for part in self._parts:
            if part.process.running:
                continue
            if part.restart_at_s is None:
                self._crashed(part, now_s)
            elif now_s >= part.restart_at_s:
                part.restart_at_s = None
                part.process.start()
                self._say(f"{part.process.name} started again")

    def _crashed(self, part: Part, now_s: float) -> None:
        if now_s - part.process.started_s > STEADY_S:
            part.crashes = 0
        pause_s = min(BACK_OFF_FIRST_S * 2.0**part.crashes, BACK_OFF_MOST_S)
        part.crashes += 1
        part.restart_at_s = now_s + pause_s
        self._say(
            f"{part.process.name} ended with status {part.process.exit_status}; again in {pause_s:.1f} s."
            f"\n{part.process.tail(5)}"
        )

    def wait_ready(self, timeout_s: float) -> None:
        """Watches until every part is ready again.

        Raises DeployError when one is not in time.
        """
        deadline = time.monotonic() + timeout_s
        while not all(part.process.running and part.ready() for part in self._parts):
            self.watch()
            if time.monotonic() > deadline:
                late = [
                    part.process.name for part in self._parts if not part.process.running or not part.ready()
                ]
                raise DeployError(f"not ready again after {timeout_s:.0f} s: {', '.join(late)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stops everything, last started first. Nothing of it runs afterwards."""
        while self._parts:
            self._parts.pop().process.stop()
