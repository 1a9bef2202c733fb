"""The loop over a real store, with a connection that does as it is told and clocks that each turn moves."""

from collections.abc import Callable

from ingest.broker.announce import Announcer
from ingest.broker.inbox import Inbox
from ingest.broker.link import Link
from ingest.broker.message import Message
from ingest.duties import Duties
from ingest.historywatch import HistoryWatch
from ingest.loop import Loop
from ingest.metrics import Metrics
from ingest.ownership import Ownership
from ingest.parts import Parts
from linli.topics import Channel
from tests.unit.ingest.house import House

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


class Wire:
    """A connection: before each turn `script` says what happens in it; a turn takes `pace_ms`."""

    ready = True
    more = False
    state = Link.READY
    connection = 1

    def __init__(self, house: House, put: Callable[[Message], None]) -> None:
        self._house = house
        self._put = put
        self.turns = 0
        self.pace_ms = SECOND
        self.script: Callable[[int], list[Message]] = lambda _: []
        self.sent: list[tuple[int, str]] = []
        self.unconfirmed: set[int] = set()
        self.acknowledged = 0

    def turn(self, _timeout_s: float, *, read: bool = True) -> None:
        assert read
        self.turns += 1
        self._house.now += self.pace_ms
        for message in self.script(self.turns):
            self._put(message)

    def send(self, topic: str, _payload: bytes) -> bool:
        self.sent.append((self.turns, topic))
        return True

    def publish(self, topic: str, payload: bytes) -> int:
        self.send(topic, payload)
        return self.turns

    def ack(self, messages: list[Message]) -> int:
        self.acknowledged += len(messages)
        return len(messages)

    def flush(self) -> None:
        pass

    close = flush


class Turning:
    """A loop over a house."""

    def __init__(self, house: House) -> None:
        inbox = Inbox(0, 1_000)
        self.house = house
        self.wire = Wire(house, inbox.put)
        self.metrics = Metrics()
        house.receipts._send_out = self.wire.send
        self.parts = Parts(
            store=house.store,
            ownership=Ownership(house.store, ""),
            duties=Duties(list),
            memory=house.memory,
            mqtt=self.wire,  # type: ignore[arg-type]  # what a loop asks of a connection, without a broker
            inbox=inbox,
            decoder=house.decoder,
            committer=house.committer,
            acceptance=house.acceptance,
            presence=house.presence,
            history=HistoryWatch(house.store),
            receipts=house.receipts,
            announcer=Announcer(house.store, self.wire),  # type: ignore[arg-type]  # the same
            metrics=self.metrics,
        )
        self.loop = Loop(self.parts, house.clock, lambda: None)

    def run(self, turns: int, script: Callable[[int], list[Message]] | None = None) -> None:
        """So many turns."""
        said = script or (lambda _: [])

        def stopping(turn: int) -> list[Message]:
            if turn >= turns:
                self.loop.stop()
            return said(turn)

        self.wire.script = stopping
        self.loop.run()

    def receipts(self) -> list[int]:
        """The turns in which one went out."""
        return [turn for turn, topic in self.wire.sent if topic.endswith(f"/{Channel.RECEIPTS}")]
