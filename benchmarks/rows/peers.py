"""What people use instead, on the same events: the tutorial script, and Node-RED when it is asked for.

Both write to VictoriaMetrics: no package carries an InfluxDB that takes the official client's writes. It
syncs nothing before it answers, so both are faster here than they are against InfluxDB.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.cpu import memory_mb
from benchmarks.figures import Figure
from benchmarks.load import Plan
from benchmarks.measure import counting, run_load
from benchmarks.peers import node_red
from benchmarks.rows.options import Options
from benchmarks.stage import PeerStage, peer_stage
from deploy import ports
from deploy.errors import DeployError
from deploy.process import Process

TUTORIAL_EVENTS = 3_000
NODE_RED_EVENTS = 20_000
WITHIN_S = 300.0
Command = Callable[[PeerStage, int], list[str]]


def run(options: Options) -> Iterator[Figure]:
    """One event a message, QoS 1, mosquitto."""
    yield from _measure("the tutorial script", TUTORIAL_EVENTS, _tutorial, "ready", options)
    if not options.node_red:
        return
    with tempfile.TemporaryDirectory(prefix="linli-node-red-") as name:
        folder = Path(name)
        node_red.install(folder)

        def command(on: PeerStage, events: int) -> list[str]:
            return node_red.command(folder, on.broker_port, on.url, events, ports.pick(0))

        case = f"Node-RED {node_red.VERSION}, {node_red.BATCH:,} a write"
        yield from _measure(case, NODE_RED_EVENTS, command, "Connected to broker", options)


def _tutorial(on: PeerStage, events: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.peers.tutorial", str(on.broker_port), on.url, str(events)]


def _measure(case: str, events: int, command: Command, ready: str, options: Options) -> Iterator[Figure]:
    rates, spent, memory = [], [], 0.0
    for turn in range(options.repeat):
        with peer_stage() as on, tempfile.TemporaryDirectory() as folder:
            peer = Process(case, command(on, events), on.environ, Path(folder) / "log")
            peer.start()
            try:
                _said(peer, ready)
                with counting({"peer": peer}) as cpu:
                    devices = options.devices_at_one  # as linli has them
                    plan = Plan(on.broker_port, f"peer{turn:04d}", devices, events, 1, receipts=False)
                    run_load(plan)
                    seconds = float(_said(peer, "done ").split("done ")[1].split()[0])
                    memory = max(memory, memory_mb(peer.pid) if peer.running else 0.0)
                rates.append(events / seconds)
                spent.append(cpu["peer"] * 100_000 / events)
            finally:
                peer.stop()
    case = f"{case}, {options.devices_at_one:,} devices"
    yield Figure(case, "events written", "/s", tuple(rates))
    yield Figure(case, "CPU of it", "s/100k", tuple(spent))
    yield Figure(case, "memory of it", "MB", (memory,))


def _said(peer: Process, word: str) -> str:
    """The line of its log with this word. Raises DeployError."""
    ends = time.monotonic() + WITHIN_S
    while time.monotonic() < ends:
        for line in peer.tail(1_000).splitlines():
            if word in line:
                return line
        time.sleep(0.05)
    raise DeployError(f"{peer.name} never said {word!r}:\n{peer.tail(15)}")
