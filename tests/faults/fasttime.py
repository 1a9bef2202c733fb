"""Steady time that runs faster: half a minute's patience passes in seconds, in the same proportions to all
else.

Stamps, and what is measured against them, stay those of the machine.
"""

import threading
import time
import types

from linli.clock import Clock
from tests.faults import seams

SPEED = 10


def clock(speed: int = SPEED) -> Clock:
    """For whatever is given a clock."""
    return Clock(
        lambda: time.time_ns() // 1_000_000,
        lambda: time.monotonic_ns() * speed // 1_000_000,
    )


class FastTime:
    """In place of the module `time`, where a part reads it itself."""

    def __init__(self, speed: int = SPEED) -> None:
        self._speed = speed

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._speed)


class _FastEvent(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(timeout / SPEED if timeout is not None else None)


def hasten() -> None:
    """This process's waiting goes faster, whoever waits: linli, and paho for its keep-alive."""
    seams.replace("ingest.clock:system_clock", lambda _: clock)
    seams.put("ingest.broker.mqtt", "time", FastTime())
    seams.put("ingest.workers.worker", "threading", types.SimpleNamespace(Event=_FastEvent))
    hasten_paho()


def hasten_paho() -> None:
    seams.put("paho.mqtt.client", "time_func", FastTime().monotonic)
