"""Events on their way: batches in the order of their numbers, and what is a matter of safety before them."""

import random
from collections.abc import Sequence

import msgspec

from edge.clock import Clocks
from edge.lane import Lane, Load, Send
from edge.outbox import Held, Outbox
from linli.identifiers import MILLIS_MAX
from linli.messages import RANGES_IN_RECEIPT, Receipt
from linli.seqs import SeqSet
from linli.topics import Channel

BATCH_EVENTS = 20
BATCH_BYTES = 60_000
LINGER_MS = 300
"""How long an event waits for others to travel with."""
BACKLOG_OUT = 6
SAFETY_OUT = 2
"""Together the 8 batches of the contract. Safety has its own, so that a backlog without an answer cannot
stand in its way, nor ever be starved by it.
"""


class EventLane(Lane):
    """Two windows: one for what is a matter of safety, one for the backlog.

    A fire does not queue behind ten minutes of levels: what does not fit into the next batch anyway goes
    ahead of it. Its number stays what it is.
    """

    channel = Channel.EVENTS

    def __init__(self, outbox: Outbox, send: Send, rng: random.Random) -> None:
        super().__init__(outbox, send, rng, SAFETY_OUT, BACKLOG_OUT)
        self.safety, self.backlog = self.windows
        self.offset_ms: int | None = None
        """What every batch says of the device's clock, where it is known."""
        self.clocks = Clocks()
        self._sent_through = 0
        self._ahead: set[int] = set()  # sent, though there are numbers before them that were not
        self._looked_through = 0  # no unsent matter of safety up to here
        self._waiting_since: int | None = None

    def connected(self, now_ms: int) -> None:
        """A new connection stands. The broker may have forgotten what it had taken of the old one."""
        super().connected(now_ms)
        self.safety.recall()

    def settled(self, receipt: Receipt, settled: SeqSet, now_ms: int) -> None:
        """A receipt came."""
        cut_short = len(receipt.ranges) >= RANGES_IN_RECEIPT
        for window in self.windows:
            window.settled(settled, now_ms, receipt.ranges[-1][1] if cut_short else None)
        self.clocks.settled(self.outbox.first())

    def load(self, numbers: set[int], wall_ms: int) -> Load | None:
        """The batch of those that are still held."""
        batch = self.outbox.events_of(sorted(numbers))
        return self._load(batch, wall_ms) if batch else None

    def send_new(self, now_ms: int, wall_ms: int) -> None:
        """Matters of safety at once, the backlog when it is due."""
        while self._sent_through < self.outbox.given:
            urgent = self._next_safety()
            due = self.backlog.has_room and (bool(urgent) or self._is_due(now_ms))
            batch = self._next_backlog() if due else []
            if urgent and not (batch and batch[-1].seq >= urgent[0].seq):
                if not self.dispatch(self.safety, self._load(urgent, wall_ms), now_ms):
                    return
                self._looked_through = urgent[-1].seq
                self._ahead.update(held.seq for held in urgent)
            elif batch:
                if not self.dispatch(self.backlog, self._load(batch, wall_ms), now_ms):
                    return
                self._move_to(batch[-1].seq)
            elif not due:
                return
        self._waiting_since = None

    def _next_safety(self) -> list[Held]:
        since = max(self._looked_through, self._sent_through)
        if since >= self.outbox.given or not self.safety.has_room:
            return []
        found = self._within(self.outbox.safety_after(since, BATCH_EVENTS))
        if not found:
            self._looked_through = self.outbox.given
        return found

    def _next_backlog(self) -> list[Held]:
        held = self.outbox.events_after(self._sent_through, BATCH_EVENTS)
        batch = self._within([each for each in held if each.seq not in self._ahead])
        if not batch:  # they went ahead, or were settled: a life before this one had sent them
            self._move_to(held[-1].seq if held else self.outbox.given)
        return batch

    def _move_to(self, seq: int) -> None:
        self._sent_through = seq
        self._ahead = {ahead for ahead in self._ahead if ahead > seq}

    def _is_due(self, now_ms: int) -> bool:
        if self._waiting_since is None:
            self._waiting_since = now_ms
        if self._hurries:
            return True
        if self.outbox.given - self._sent_through < BATCH_EVENTS:
            return now_ms - self._waiting_since >= LINGER_MS
        return not self.rests(now_ms)

    def _load(self, batch: Sequence[Held], wall_ms: int) -> Load:
        message: dict[str, object] = {"epoch": self.outbox.epoch, "first": self.outbox.first()}
        behind = self.clocks.behind(batch[0].seq)
        if 0 <= wall_ms - behind <= MILLIS_MAX:
            message["sent"] = wall_ms - behind
            if self.offset_ms is not None:
                message["offset_ms"] = self.offset_ms + behind
        message["events"] = [msgspec.Raw(held.body) for held in batch]
        return Load({held.seq for held in batch}, msgspec.json.encode(message))

    def _within(self, batch: list[Held]) -> list[Held]:
        """As many of these as fit one message and were stamped by one clock; always one, which admission made
        small enough.
        """
        size = 0
        clock = self.clocks.behind(batch[0].seq) if batch else 0
        for at, held in enumerate(batch):
            size += len(held.body) + 1
            if at and (size > BATCH_BYTES or self.clocks.behind(held.seq) != clock):
                return batch[:at]
        return batch
