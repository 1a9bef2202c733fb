"""Bins that are weakened."""

from collections.abc import Callable
from typing import Any

from tests.faults import seams
from tests.faults.plan import Fault
from tests.faults.weakness import weak


@weak(
    "no full sync of the outbox",
    "edge",
    Fault("edge without power", stage="published", passage=6),
    by=("lost: ",),
)
def _no_sync_edge() -> None:
    def make(transaction: Callable[..., Any]) -> Callable[..., Any]:
        return lambda outbox, **_: transaction(outbox, synced=False)

    seams.replace("edge.outbox:Outbox._transaction", make)


@weak("deletes at PUBACK", "edge", Fault("queue overrun", 0.3), by=("lost: ",), broker="mosquitto-narrow")
def _deletes_at_puback() -> None:
    from linli.messages import Receipt
    from linli.topics import Channel

    def make(taken: Callable[..., Any]) -> Callable[..., Any]:
        def deleting(lane: Any, number: int) -> None:
            parcel = lane._in_flight.get(number)
            taken(lane, number)
            if parcel is not None and lane.channel is Channel.EVENTS:
                ranges = [(n, n) for n in sorted(parcel.numbers)]
                lane.outbox.settle(Receipt(epoch=lane.outbox.epoch, through=0, ranges=ranges, now=0))

        return deleting

    seams.replace("edge.lane:Lane.taken", make)


@weak(
    "the outbox numbers on from what it holds",
    "edge",
    Fault("edge killed", stage="settled", passage=6),
    by=("lost: ", "broken: "),
    events=12,
    every_s=0.3,
)
def _renumbers() -> None:
    def then(_result: object, outbox: Any, *_: object) -> None:
        held = outbox._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        outbox.given = held

    seams.after("edge.outbox:Outbox.__init__", then)
