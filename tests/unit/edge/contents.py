"""What is put into an outbox, and what comes out."""

from edge.outbox import UNNUMBERED
from linli.events import Deposit, Telemetry
from linli.messages import Receipt

JPEG = b"\xff\xd8\xff a picture \xff\xd9"


def reading(fill=50.0, ts=1_000):
    return Telemetry(seq=UNNUMBERED, ts=ts, compartment="kitchen", fill_pct=fill)


def deposit(photo="a" * 64):
    return Deposit(seq=UNNUMBERED, ts=1_000, compartment="kitchen", unsure="bag", photo_sha256=photo)


def receipt(outbox, through=0, ranges=(), photos=(), epoch=None):
    return Receipt(
        epoch=epoch or outbox.epoch, through=through, ranges=list(ranges), photos=list(photos), now=1
    )


def held(outbox):
    return [one.seq for one in outbox.events_after(0, 10_000)]
