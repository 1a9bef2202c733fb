"""A line between linli and the broker that can be cut, go silent, lose one end, hold a message back or send
it twice; on ingest's line, the witness reads every packet.

A process of its own. Nothing is doubled in TCP: copies are whole MQTT messages, as a broker or a bridge would
send them.
"""

import random
import selectors
import signal
import socket
import time
from collections import deque
from dataclasses import dataclass, field

from msgspec import Struct

from tests.faults.board import Board
from tests.faults.looking import Look
from tests.faults.packets import PUBACK, PUBLISH, SUBACK, kind_of, number_of, published, renumbered, taken
from tests.faults.witness import Witness

OURS_FROM = 60_000
"""Packet ids of the copies that the line itself sends; their PUBACKs go no further."""
SILENCE_S = 0.3
TURN_S = 0.005


class Wire(Struct, frozen=True):
    """What a line is told. `name`: its commands and counts on the board begin with it.

    `hold`, `double`: the share of events and photos that are held back for a moment, or sent twice.
    """

    name: str
    port: int
    broker_port: int
    store: str = ""
    """where the witness looks; "": there is no witness on this line"""
    hold: float = 0.0
    double: float = 0.0
    seed: int = 0


COMMANDS = ("cut", "half", "gone", "silent", "again")
"""`half`: linli's end is closed and the broker never hears of it; `gone`: the other way round."""
COUNTS = ("held", "doubled", "accused", "subscribed")


def slots(name: str) -> list[str]:
    """The board's numbers of this line: a command is given by counting it up; `_done` is how often it was."""
    return [f"{name}.{each}" for each in (*COMMANDS, *(f"{each}_done" for each in COMMANDS), *COUNTS)]


@dataclass(eq=False)
class End:
    """One socket of a connection."""

    sock: socket.socket
    inward: bytearray = field(default_factory=bytearray)
    outward: bytearray = field(default_factory=bytearray)


class Connection:
    """A client's end and the broker's."""

    def __init__(self, client: socket.socket, broker: socket.socket, witness: Witness | None) -> None:
        self.witness = witness
        self.client, self.broker = End(client), End(broker)
        self.held: deque[tuple[float, bytes]] = deque()
        self._ours = OURS_FROM

    def copied(self, packet: bytes) -> bytes:
        self._ours = self._ours + 1 if self._ours < 65_000 else OURS_FROM
        return renumbered(packet, self._ours)


class Line:
    """All connections through one port."""

    def __init__(self, told: Wire, board: Board) -> None:
        self._told = told
        self._board = board
        self._random = random.Random(told.seed)
        self._look = Look(told.store) if told.store else None
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", told.port), backlog=100)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections: list[Connection] = []
        self._orphans: list[socket.socket] = []
        """Ends that do not know that their other end is gone."""
        self._obeyed = dict.fromkeys(COMMANDS, 0)
        self._silent_until = 0.0
        self._record: list[bytes] = []
        """Every message of events and photos that a device ever sent."""

    def turn(self) -> None:
        now = time.monotonic()
        self._obey(now)
        if self._silent_until and not self._silence_ends(now):
            time.sleep(TURN_S)
            return
        for key, ready in self._selector.select(TURN_S):
            if key.fileobj is self._listener:
                self._accept()
            elif key.data in self._connections:
                self._serve(key.data, key.fileobj, ready)
        for each in self._connections:
            while each.held and each.held[0][0] <= now:
                each.broker.outward += each.held.popleft()[1]
            self._watch(each)

    def _silence_ends(self, now: float) -> bool:
        """After a while, and not before somebody has spoken into it, or knocked."""
        if now < self._silent_until or not self._selector.select(0):
            return False
        self._silent_until = 0.0
        self._count("silent_done")
        return True

    def _obey(self, now: float) -> None:
        for command in COMMANDS:
            wanted = self._board[f"{self._told.name}.{command}"]
            if wanted != self._obeyed[command] and self._connections:
                self._obeyed[command] = wanted
                self._do(command, now)

    def _do(self, command: str, now: float) -> None:
        if command == "silent":
            self._silent_until = now + SILENCE_S
        elif command == "again":
            self._count("again_done", self._again())
        else:
            for each in list(self._connections):
                self._drop(each, client=command != "gone", broker=command != "half")
                self._count(f"{command}_done")

    def _count(self, what: str, n: int = 1) -> None:
        self._board.add(f"{self._told.name}.{what}", n)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            broker = socket.create_connection(("127.0.0.1", self._told.broker_port), timeout=1)
        except OSError:
            client.close()
            return
        for each in (client, broker):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        witness = Witness(self._look) if self._look is not None else None
        self._connections.append(Connection(client, broker, witness))
        self._watch(self._connections[-1])

    def _watch(self, each: Connection) -> None:
        for end in (each.client, each.broker):
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if end.outward else 0)
            known = self._selector.get_map().get(end.sock)
            if known is None:
                self._selector.register(end.sock, wanted, each)
            elif known.events != wanted:
                self._selector.modify(end.sock, wanted, each)

    def _serve(self, each: Connection, sock: object, ready: int) -> None:
        up = sock is each.client.sock
        here, there = (each.client, each.broker) if up else (each.broker, each.client)
        try:
            if ready & selectors.EVENT_READ:
                data = here.sock.recv(262_144)
                if not data:
                    self._drop(each)
                    return
                here.inward += data
                if each.witness is not None:
                    each.witness.look_anew()
                for packet in taken(here.inward):
                    self._pass(each, packet, there, up=up)
            for end in (each.client, each.broker):
                while end.outward:
                    del end.outward[: end.sock.send(end.outward)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(each)

    def _pass(self, each: Connection, packet: bytes, there: End, *, up: bool) -> None:
        kind = kind_of(packet)
        if kind == SUBACK:
            self._count("subscribed")
        if each.witness is not None:
            for accusation in each.witness.see(packet, up=up):
                print(accusation, flush=True)
                self._count("accused")
        elif up and kind == PUBLISH and published(packet)[0].endswith((b"/events", b"/photos")):
            self._disturb(each, packet)
            return
        elif not up and kind == PUBACK and number_of(packet) >= OURS_FROM:
            return
        there.outward += packet

    def _disturb(self, each: Connection, packet: bytes) -> None:
        self._record.append(packet)
        if self._random.random() < self._told.hold:
            each.held.append((time.monotonic() + self._random.uniform(0.05, 0.2), packet))
            self._count("held")
            return
        each.broker.outward += packet
        if self._random.random() < self._told.double:
            each.broker.outward += each.copied(packet)
            self._count("doubled")

    def _again(self) -> int:
        """Everything that ever came, once more, in another order."""
        each = self._connections[0]
        for packet in self._random.sample(self._record, len(self._record)):
            each.broker.outward += each.copied(packet)
        return len(self._record)

    def _drop(self, each: Connection, *, client: bool = True, broker: bool = True) -> None:
        """Close these of its ends; the other is left in the belief that all is well."""
        self._connections.remove(each)
        for end, closes in ((each.client, client), (each.broker, broker)):
            self._selector.unregister(end.sock)
            if closes:
                end.sock.close()
            else:
                self._orphans.append(end.sock)


def run(told: Wire, board: Board) -> None:
    """Until SIGTERM."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    line = Line(told, board)
    while not stopping:
        line.turn()
