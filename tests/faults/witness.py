"""Who reads every packet between ingest and the broker, and looks into the store before it believes one.

A PUBACK answers a message that came on this connection, once, and when it passes, what the message brought is
in the store. A receipt says only what is in the store.
"""

from collections.abc import Iterator

import msgspec

from linli.messages import Receipt
from linli.seqs import SeqSet
from tests.faults.looking import Look
from tests.faults.packets import PUBACK, PUBLISH, kind_of, number_of, published


class _Event(msgspec.Struct):
    seq: int


class _Batch(msgspec.Struct):
    epoch: str
    events: list[_Event]


class Witness:
    """Of one connection."""

    def __init__(self, store: Look) -> None:
        self._store = store
        self._delivered: dict[int, tuple[bytes, bytes]] = {}
        self._seen: dict[tuple[str, str, str], SeqSet | None] = {}

    def look_anew(self) -> None:
        """Call it for every piece of the stream: for the packets in one, one look is enough."""
        self._seen.clear()

    def see(self, packet: bytes, *, up: bool) -> Iterator[str]:
        """What is wrong with this packet, in words."""
        if kind_of(packet) == PUBLISH:
            topic, payload, number = published(packet)
            if not up and number is not None:
                self._delivered[number] = (topic, payload)
            elif up and topic.endswith(b"/receipts"):
                yield from self._receipt(topic, payload)
        elif kind_of(packet) == PUBACK and up:
            delivered = self._delivered.pop(number_of(packet), None)
            if delivered is None:
                yield f"PUBACK {number_of(packet)} answers nothing that came on this connection"
            elif delivered[0].endswith(b"/events"):
                yield from self._events(*delivered)

    def _receipt(self, topic: bytes, payload: bytes) -> Iterator[str]:
        receipt = msgspec.json.decode(payload, type=Receipt)
        claimed = SeqSet([(1, receipt.through), *receipt.ranges])
        settled = self._settled(topic, receipt.epoch)
        if settled is None:
            return
        stored = settled.ranges()
        if any(settled.add(start, end) for start, end in claimed):
            yield f"a receipt on {topic!r} says {claimed.ranges()}; the store has {stored}"

    def _events(self, topic: bytes, payload: bytes) -> Iterator[str]:
        try:
            batch = msgspec.json.decode(payload, type=_Batch)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # one of the malformed
        settled = self._settled(topic, batch.epoch)
        if settled is not None and any(event.seq not in settled for event in batch.events):
            sent = [event.seq for event in batch.events]
            yield f"PUBACK for {topic!r} {batch.epoch} {sent}; the store has {settled.ranges()}"

    def _settled(self, topic: bytes, epoch: str) -> SeqSet | None:
        """None when nobody can look just now."""
        community, device = topic.decode().split("/")[2:4]
        key = (community, device, epoch)
        if key not in self._seen:
            self._seen[key] = self._store.settled(*key)
        settled = self._seen[key]
        return settled.copy() if settled is not None else None
