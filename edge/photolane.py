"""Photos on their way, one in a message, the oldest first."""

import random

from edge.lane import Lane, Load, Send
from edge.outbox import HeldPhoto, Outbox
from linli.messages import Photo, PhotoHeader, Receipt, encode_photo
from linli.topics import Channel

PHOTOS_OUT = 4
"""With the batches below the 20 that paho has in flight, so that paho never queues; and 256 KiB in a
broker.
"""


class PhotoLane(Lane):
    """Numbers here are places in the queue of photos."""

    channel = Channel.PHOTOS

    def __init__(self, outbox: Outbox, send: Send, rng: random.Random) -> None:
        super().__init__(outbox, send, rng, PHOTOS_OUT)
        (self.window,) = self.windows
        self._sent_through = 0
        self._names: dict[int, str] = {}

    def settled(self, receipt: Receipt, now_ms: int) -> None:
        """A receipt came."""
        safe = set(receipt.photos)
        numbers = {number for number, sha256 in self._names.items() if sha256 in safe}
        for number in numbers:
            del self._names[number]
        self.window.settled(numbers, now_ms)

    def load(self, numbers: set[int], wall_ms: int) -> Load | None:  # noqa: ARG002 - a photo says no time
        """The photo, if it is still held."""
        held = self.outbox.photo_of(min(numbers))
        return None if held is None else self._load(held)

    def send_new(self, now_ms: int, wall_ms: int) -> None:  # noqa: ARG002 - a photo says no time
        """As many as the window takes."""
        while self.window.has_room and (waiting := self.outbox.photos_held - len(self.window)) > 0:
            if waiting > 1 and self.rests(now_ms):
                return
            held = self.outbox.photo_after(self._sent_through)
            if held is None or not self.dispatch(self.window, self._load(held), now_ms):
                return
            self._names[held.number] = held.sha256
            self._sent_through = held.number

    def _load(self, held: HeldPhoto) -> Load:
        photo = Photo(PhotoHeader(self.outbox.epoch, held.seq, held.sha256), held.jpeg)
        return Load({held.number}, encode_photo(photo))
