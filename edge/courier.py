"""What goes from the outbox to the broker, and what a receipt says of it.

Knows no socket. The outbox alone holds what is not settled: nothing waits here or in the connection, so a
number has one place where it can be.
"""

import logging
import random

from edge.clock import Offset
from edge.errors import OutboxError
from edge.eventlane import EventLane
from edge.lane import Send
from edge.outbox import Outbox
from edge.photolane import PhotoLane
from linli.errors import InvalidMessage
from linli.messages import decode_receipt

log = logging.getLogger(__name__)


class Courier:
    """One device's. Times are steady ms, but for `wall_ms`.

    `receipts` counts those for this outbox; `foreign` and `malformed` the others.
    """

    def __init__(self, outbox: Outbox, send: Send, rng: random.Random) -> None:
        self.outbox = outbox
        self.events = EventLane(outbox, send, rng)
        self.photos = PhotoLane(outbox, send, rng)
        self.receipts = 0
        self.foreign = 0
        self.malformed = 0
        self.offset = Offset()

    @property
    def questions(self) -> int:
        """How often something was sent again because nobody answered."""
        return sum(window.questions for lane in (self.events, self.photos) for window in lane.windows)

    @property
    def lost(self) -> int:
        """How often something was sent again because it was lost."""
        return sum(window.lost for lane in (self.events, self.photos) for window in lane.windows)

    @property
    def untaken_since(self) -> int | None:
        """Since when the broker owes an acknowledgement; None while it owes none."""
        owed = (self.events.untaken_since, self.photos.untaken_since)
        return min((since for since in owed if since is not None), default=None)

    def connected(self, now_ms: int) -> None:
        """A new connection stands."""
        self.events.connected(now_ms)
        self.photos.connected(now_ms)

    def disconnected(self) -> None:
        """It ended; what it had not delivered to the broker is sent again on the next."""
        self.events.disconnected()
        self.photos.disconnected()

    def taken(self, number: int) -> None:
        """The broker acknowledged that message of this connection. It may still lose it."""
        self.events.taken(number)
        self.photos.taken(number)

    def flush(self) -> None:
        """From now on nothing lingers, and receipts are asked for sooner: the device is about to sleep or
        end.
        """
        self.events.hurry()
        self.photos.hurry()

    def watch(self, now_ms: int, wall_ms: int) -> None:
        """See whether the clock was set. Often, connected or not."""
        self.events.clocks.watch(now_ms, wall_ms, self.outbox.given)

    def step(self, now_ms: int, wall_ms: int) -> None:
        """Send what is due: events before photos. Cheap when nothing is. Only while connected."""
        self.events.offset_ms = self.offset.ms(now_ms, wall_ms)
        self.events.step(now_ms, wall_ms)
        self.photos.step(now_ms, wall_ms)

    def receipt(self, payload: bytes, now_ms: int, wall_ms: int) -> None:
        """What came on `receipts`, whatever it is. What it settles is deleted; nothing else deletes."""
        try:
            receipt = decode_receipt(payload)
        except InvalidMessage as error:
            self.malformed += 1
            log.warning("a receipt cannot be read: %s", error)
            return
        try:
            settled = self.outbox.settle(receipt)
        except OutboxError as error:  # nothing was deleted: it will be asked for again
            log.warning("a receipt could not be carried out: %s", error)
            return
        if settled is None:
            self.foreign += 1
            return
        self.receipts += 1
        self.offset.learn(receipt.now, now_ms, wall_ms)
        for refused in receipt.refused:
            log.warning("event %d was refused: %s", refused.seq, refused.reason)
        self.events.settled(receipt, settled, now_ms)
        self.photos.settled(receipt, now_ms)
