"""Other makers' devices: two that speak from docs/mqtt.md alone, with a bad event now and then, and one that
sends nothing but noise.
"""

import signal
import time
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
from msgspec import Struct
from paho.mqtt.enums import CallbackAPIVersion

from tests.faults import bins, fasttime
from tests.faults.board import Board

NAMES = ["maker1", "maker2"]
BAD_EVERY = 5
PATIENCE_S = 0.4


class Makers(Struct, frozen=True):
    """What they are told. `noise`: malformed messages, in all."""

    folder: Path
    port: int
    seed: int
    events: int
    every_s: float
    noise: int


def mark(device: str, n: int) -> str:
    """What a bad event or message bears, to be found again among the dead letters."""
    return f"mark-{device}-{n}."


def event(device: str, n: int) -> dict[str, object]:
    """The n-th of a maker's device: every fifth is bad."""
    if n % BAD_EVERY == 0:
        return {"kind": "telemetry", "compartment": "kitchen", "fil_pct": n, "ext": {"n": mark(device, n)}}
    return {"kind": "telemetry", "compartment": "kitchen", "weight_kg": n / 4, "ext": {"n": n}}


def noise(n: int) -> tuple[str, bytes]:
    """The n-th malformed message: a topic's end and a payload."""
    said = mark("noise", n)
    return [
        ("events", f"{{{said}".encode()),
        ("events", msgspec.json.encode({"epoch": "noise00001", "events": said})),
        ("photos", f"{said}\nno jpeg".encode()),
        ("events", said.encode() + b"\xff\xfe\x00"),
        ("status", msgspec.json.encode({"state": said, "session": "noise00001"})),
        ("events", msgspec.json.encode({"epoch": "noise00001", "first": -1, "events": [{"seq": said}]})),
    ][n % 6]


def live(told: Makers, board: Board) -> None:
    """Until SIGTERM."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    bins.PATIENCE_S = PATIENCE_S
    fasttime.hasten_paho()
    good = bins.Bins("127.0.0.1", told.port, "garden", NAMES, told.seed)
    noisy = Noise(told, board)
    made, next_s = 0, time.monotonic()
    while not stopping:
        if made < told.events and time.monotonic() >= next_s:
            next_s += told.every_s
            made += 1
            for name in NAMES:
                good.bins[name].make(event(name, made))
            noisy.send(made * told.noise // told.events)
        good.turn()
        board["made/makers"] = made
        board["held/makers"] = good.held + noisy.open
        board["complete/makers"] = made == told.events
        time.sleep(0.01)
    good.close()
    noisy.close()


class Noise:
    """A client that means no good. What the broker took is counted on the board."""

    def __init__(self, told: Makers, board: Board) -> None:
        self._told = told
        self._board = board
        self._sent = 0
        self.open = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="noise", clean_session=False, protocol=paho.MQTTv311
        )
        self._client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]  # it takes fractions
        self._client.on_publish = self._on_publish
        if told.noise:
            self._client.connect_async("127.0.0.1", told.port, 30)
            self._client.loop_start()

    def send(self, through: int) -> None:
        while self._sent < through:
            self._sent += 1
            self.open += 1
            end, payload = noise(self._sent)
            self._client.publish(f"linli/v1/garden/noise/{end}", payload, 1)

    def _on_publish(self, *_: object) -> None:
        self.open -= 1
        self._board.add("noise_taken")

    def close(self) -> None:
        if self._told.noise:
            self._client.disconnect()
            self._client.loop_stop()
