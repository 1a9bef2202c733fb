"""A process of bins: real outboxes, real couriers, the real connection; only what they sense is made up."""

import random
import signal
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from edge.clock import Clocks, Offset
from edge.errors import OutboxError
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outbox import Held
from edge.outboxfile import MAX_BYTES, open_outbox
from edge.publisher import Broker, Publisher
from linli.clock import Clock
from linli.events import decode_event
from linli.timing.clock import AGE_MAX_MS, SAME_MS
from tests.faults import fasttime
from tests.faults.board import Board
from tests.faults.happenings import CLOSING, COMPARTMENTS, Happening, Journal, happening
from tests.faults.wallclock import WallClock, true_ms

TURN_S = 0.01
KEEPALIVE_S = 20


class Edge(Struct, frozen=True):
    """What a process of bins is told."""

    folder: Path
    devices: list[str]
    seed: int
    port: int
    events: int
    every_s: float
    """between two events of a device"""
    max_bytes: int = MAX_BYTES


class _Clocks(Clocks):
    """Beside a steady clock that goes faster, the wall's would seem to be set all the time."""

    def watch(self, now_ms: int, wall_ms: int, given: int) -> None:
        super().watch(now_ms // fasttime.SPEED, wall_ms, given)


class _Offset(Offset):
    def learn(self, server_ms: int, now_ms: int, wall_ms: int) -> None:
        super().learn(server_ms, now_ms // fasttime.SPEED, wall_ms)

    def ms(self, now_ms: int, wall_ms: int) -> int | None:
        return super().ms(now_ms // fasttime.SPEED, wall_ms)


class Device:
    """One bin: its journal, its outbox, its connection."""

    def __init__(self, told: Edge, name: str, board: Board, clock: WallClock) -> None:
        self.name = name
        self._clock = clock
        self._told = told
        self._board = board
        self.outbox = open_outbox(told.folder / f"{name}.outbox", told.max_bytes)
        self._journal = Journal(told.folder, name)
        broker = Broker("127.0.0.1", told.port, keepalive_s=KEEPALIVE_S)
        self.publisher = Publisher(
            Identity("garden", name, COMPARTMENTS), self.outbox, broker, random.Random(f"{told.seed}/{name}")
        )
        self.publisher.courier.offset = _Offset()
        self.publisher.courier.events.clocks = _Clocks()
        self._made = 0
        self._unsure: list[tuple[Happening, bytes | None]] = []
        """In the journal, and not known to be in the outbox."""
        self._resume()

    def _resume(self) -> None:
        """After a crash: the last of the journal may or may not have been kept, and the outbox knows."""
        journal = list(self._journal)
        if not journal:
            return
        last = journal[-1]
        self._made = last.n
        if not self.outbox.took(f"h{last.n}"):
            photo = None
            if last.photo is not None:
                told = self._told
                _, photo = happening(told.seed, self.name, last.n, told.events, last.made_ms, last.offset_ms)
            self._unsure.append((last, photo))
        # A restart forgets the clock that was set; whoever sends these now cannot know what stamped them.
        off_ms = self._clock.off_ms(true_ms())
        held = {_number(each) for each in self.outbox.events_after(0, self._made)}
        self._journal.lose_clock(
            each.n for each in journal if each.n in held and _is_lost(each.offset_ms, off_ms)
        )

    def make(self, now_ms: int) -> None:
        """One more happening, or the one that the disk refused. The last ones come when all else is settled,
        so that nothing of the past comes after them.
        """
        told = self._told
        closing = self._board["closing"] and (self.outbox.empty or self._made > told.events)
        due = self._made < told.events or (closing and self._made < told.events + CLOSING)
        if due and not self._unsure:
            off_ms = self._clock.off_ms(now_ms)
            each = happening(told.seed, self.name, self._made + 1, told.events, now_ms, off_ms)
            self._journal.write(each[0])
            self._unsure.append(each)
        self._keep()

    def _keep(self) -> None:
        while self._unsure:
            each, photo = self._unsure[0]
            event = decode_event(bytes(each.event))
            try:
                self.outbox.append(event, photo, f"h{each.n}")
            except OutboxError as error:
                print(f"{self.name}: {error}", flush=True)
                return
            self._unsure.pop(0)
            if _is_lost(each.offset_ms, self._clock.off_ms(true_ms())):
                self._journal.lose_clock([each.n])
            self._made = each.n
            self._board[f"made/{self.name}"] = self._made

    @property
    def complete(self) -> bool:
        return self._made == self._told.events + CLOSING and not self._unsure

    def tell(self) -> None:
        board, outbox = self._board, self.outbox
        board[f"made/{self.name}"] = self._made
        board[f"held/{self.name}"] = outbox.held + outbox.photos_held
        board[f"dropped/{self.name}"] = outbox.dropped
        board[f"complete/{self.name}"] = self.complete


def _number(held: Held) -> int:
    n: int = msgspec.json.decode(held.body)["ext"]["n"]
    return n


def _is_lost(stamped: int, now: int) -> bool:
    """Whether what was stamped by a clock that was off by so much is sent by one that is off otherwise. A
    stamp of a clock that was right is none of 1970's.
    """
    return abs(stamped - now) > SAME_MS and not (stamped == 0 and abs(now) > AGE_MAX_MS)


def live(told: Edge, board: Board) -> None:
    """Until SIGTERM."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    fasttime.hasten_paho()
    wall = WallClock(board, told.folder.name)
    clock = Clock(wall.wall, fasttime.clock().steady)
    loop = EdgeLoop(clock)
    devices = [Device(told, name, board, wall) for name in told.devices]
    for each in devices:
        loop.add(each.publisher)
    next_s = time.monotonic()
    while not stopping:
        loop.turn(TURN_S)
        if time.monotonic() >= next_s:
            next_s = max(next_s + told.every_s, time.monotonic() - 3 * told.every_s)
            for each in devices:
                each.make(true_ms())
        if board["closing"]:
            for each in devices:
                each.publisher.courier.flush()
        for each in devices:
            each.tell()
    for each in devices:
        each.publisher.close(clock.wall())
        each.outbox.close()
    loop.close()
