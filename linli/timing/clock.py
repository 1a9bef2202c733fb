"""What is known of the clock of a device in one epoch, and what a batch adds to it.

`offset` is always server less device: a clock that is behind has a positive one. A batch tells two things of
it. The device may state its offset. And `received - sent` is never less than the offset, since a batch takes
time on its way, or waits there for hours: so a low one is proof, and a high one is not.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from linli.timing.reasons import PlacedBy
from linli.timing.runs import Runs

BELIEVED_MS: Final = 10_000
"""A clock that is off by no more is right: its stamps are taken as they are."""
SAME_MS: Final = 2_000
"""Two offsets that differ by no more are of the same clock; a clock that moves by more was set."""
AGE_MAX_MS: Final = 400 * 86_400_000
"""Nothing waits longer than this in an outbox or on its way."""
LAG_MS: Final = 120_000
"""A broker that is behind by this much with a load that it can just bear looks like a clock that is."""
STEADY_MS: Final = 60_000
"""For so long a difference stands before it is a clock's: a queue that drains shrinks meanwhile."""
CLOCKS_MAX: Final = 4

Offset = tuple[int, PlacedBy]
"""ms, and the reason for which what is placed by it is where it is"""
RIGHT: Final[Offset] = (0, PlacedBy.DEVICE_CLOCK)


class DeviceClock(Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A value that grows with each batch of the epoch.

    `runs`: where its numbers lie in time. `offset`: of the clock that sent the newest batch; `earlier`: of
    clocks before it was set, newest first, for what they stamped and is still to come. `waited`: since when
    (ms) batches have come so much (ms) after they were sent, not known why. `sent`: what it showed as the
    newest batch was sent. `suspect`: its alert may stand, so the next batch is looked at.
    """

    runs: Runs = ()
    suspect: bool = True
    offset: Offset = RIGHT
    earlier: tuple[Offset, ...] = ()
    waited: tuple[int, int] | None = None
    sent: int | None = None


class Sending(Struct, frozen=True, gc=False):
    """What a batch shows of the clock that sent it.

    `offset` is to be applied to its stamps; `off_ms` is by how much the clock is off, as far as `known`.
    """

    offset: Offset
    off_ms: int
    known: bool
    waited: tuple[int, int] | None = None


def sending(
    clock: DeviceClock,
    sent: int | None,
    stated: int | None,
    received: int,
    newest_ms: int | None,
    *,
    newer: bool,
) -> Sending:
    """Say which offset holds for the clock that sent a batch. All ms.

    `newer`: its numbers are past all so far. Then it was sent after the batch before it, and after
    `newest_ms`, when the number before them happened, where that is known.
    """
    if stated is not None and _possible(sent, stated, received):
        offset = RIGHT if -BELIEVED_MS <= stated <= BELIEVED_MS else (stated, PlacedBy.OFFSET)
        return Sending(offset, stated, known=True)
    held = clock.offset[0]
    if sent is None:
        return Sending(clock.offset, held, known=False, waited=clock.waited)
    apart = received - sent
    if -BELIEVED_MS <= apart <= BELIEVED_MS:  # no wrong clock's batch waits for just as long as it is wrong
        return Sending(RIGHT, apart, known=True)
    if held - SAME_MS <= apart <= held + SAME_MS:
        return Sending(clock.offset, held, known=True)
    learned = Sending((apart, PlacedBy.LEARNED_OFFSET), apart, known=True)
    before = clock.sent if newer else None
    set_back = (before is not None and sent < before - SAME_MS) or (
        newest_ms is not None and sent + held < newest_ms - SAME_MS
    )
    if apart < held or apart - held > AGE_MAX_MS or set_back:
        return learned
    since = received
    if clock.waited is not None and abs(apart - clock.waited[0]) <= SAME_MS:
        apart, since = clock.waited
        if received - since >= STEADY_MS and apart - held > LAG_MS:
            return learned
    return Sending(clock.offset, held, known=False, waited=(apart, since))


def _possible(sent: int | None, offset: int, received: int) -> bool:
    return sent is None or received - AGE_MAX_MS <= sent + offset <= received + BELIEVED_MS


def sent_by(clock: DeviceClock, sending: Sending, sent: int | None) -> DeviceClock:
    """The clock once a batch was sent by it; `sent` is what it showed, if that is the newest batch."""
    earlier = clock.earlier
    if not _same(clock.offset, sending.offset):
        earlier = remembering(earlier, clock.offset)
    last = sent if sent is not None else clock.sent
    return replace(clock, offset=sending.offset, earlier=earlier, waited=sending.waited, sent=last)


def remembering(earlier: tuple[Offset, ...], offset: Offset) -> tuple[Offset, ...]:
    """The offsets with this one first, and none twice."""
    others = [each for each in earlier if not _same(each, offset)]
    return (offset, *others[: CLOCKS_MAX - 1])


def _same(one: Offset, other: Offset) -> bool:
    return abs(one[0] - other[0]) <= SAME_MS
