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
UNSET_MS: Final = 1_577_836_800_000
"""2020. A clock that shows less was never set: it counts from its power-on, so each is another clock."""
LAG_MS: Final = 900_000
"""What holds everything back by a constant time (a gateway, a broker that can just bear its load) looks like
a clock that is behind. It is hardly so slow.
"""
STEADY_MS: Final = 60_000
STEADY_TIMES: Final = 5
"""For so long, and in so many batches, a difference stands before it is a clock's: a queue that drains
shrinks meanwhile.
"""
CLOCKS_MAX: Final = 4

Offset = tuple[int, PlacedBy]
"""ms, and the reason for which what is placed by it is where it is"""
RIGHT: Final[Offset] = (0, PlacedBy.DEVICE_CLOCK)


class DeviceClock(Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A value that grows with each batch of the epoch.

    `runs`: where its numbers lie in time. `offset`: of the clock that sent the newest batch; `earlier`: of
    clocks before it was set, newest first, for what they stamped and is still to come. `waited`: batches
    have come so much (ms) after they were sent since when (ms) and how often, not known why. `doubted`: an
    offset (ms) by which the clock looked set back, and since when (ms): that batch may as well have waited,
    so it holds for what agrees alone, and for all once something agrees a minute later. `suspect`: its alert
    may stand, so the next batch is looked at.
    """

    runs: Runs = ()
    suspect: bool = True
    offset: Offset = RIGHT
    earlier: tuple[Offset, ...] = ()
    waited: tuple[int, int, int] | None = None
    doubted: tuple[int, int] | None = None


class Sending(Struct, frozen=True, gc=False):
    """What a batch shows of the clock that sent it.

    `offset` is to be applied to its stamps; `off_ms` is by how much the clock is off, as far as `known`.
    `waited` and `doubted` as in `DeviceClock`, with the batch. `sure`: whether the offset holds for the
    batches after this one; a doubted one holds for this one alone.
    """

    offset: Offset
    off_ms: int
    known: bool
    waited: tuple[int, int, int] | None = None
    doubted: tuple[int, int] | None = None
    sure: bool = True


def sending(
    clock: DeviceClock,
    sent: int | None,
    stated: int | None,
    received: int,
    shown: int | None,
    newest_ms: int | None,
) -> Sending:
    """Say which offset holds for the clock that sent a batch. All ms.

    `shown` is the newest time that the batch tells, which is `sent` where it says so. `newest_ms` is when the
    nearest number that is placed before its last one happened: it was hardly sent before that.
    """
    if stated is not None and _possible(sent, stated, received):
        offset = RIGHT if -BELIEVED_MS <= stated <= BELIEVED_MS else (stated, PlacedBy.OFFSET)
        return Sending(offset, stated, known=True)
    apart = received - shown if shown is not None else None
    if apart is not None and -BELIEVED_MS <= apart <= BELIEVED_MS:
        return Sending(RIGHT, apart, known=True)  # nothing waits for just as long as its clock is wrong
    if sent is None or apart is None:
        return Sending(clock.offset, clock.offset[0], known=False, waited=clock.waited, doubted=clock.doubted)
    return _silent(clock, sent, apart, received, newest_ms)


def _silent(clock: DeviceClock, sent: int, apart: int, received: int, newest_ms: int | None) -> Sending:
    """The same for a batch that does not say by how much its clock is off, and came so much after it was
    sent.
    """
    held = clock.offset[0]
    if held and held - SAME_MS <= apart <= held + SAME_MS:
        return Sending(clock.offset, held, known=True)
    learned = Sending((apart, PlacedBy.LEARNED_OFFSET), apart, known=True)
    if sent < UNSET_MS or apart > AGE_MAX_MS:  # it counts from its last power-on, which may be another
        return learned
    if clock.doubted is not None and abs(apart - clock.doubted[0]) <= SAME_MS:
        off_ms, since = clock.doubted
        doubted = clock.doubted if received - since < STEADY_MS else None
        offset = (off_ms, PlacedBy.LEARNED_OFFSET)
        return Sending(offset, off_ms, known=True, doubted=doubted, sure=doubted is None)
    fitting = _fitting(clock, sent, apart, newest_ms)
    if fitting is None:
        return replace(learned, doubted=(apart, received), sure=False) if apart > 0 else learned
    since, times = received, 1
    if clock.waited is not None and abs(apart - clock.waited[0]) <= SAME_MS:
        apart, since, times = clock.waited[0], clock.waited[1], clock.waited[2] + 1
        if received - since >= STEADY_MS and times >= STEADY_TIMES and apart - fitting[0] > LAG_MS:
            return learned
    waited = (apart, since, times)
    return Sending(fitting, fitting[0], known=False, waited=waited, doubted=clock.doubted)


def _fitting(clock: DeviceClock, sent: int, apart: int, newest_ms: int | None) -> Offset | None:
    """The offset that is known of the device and by which the batch was sent after what is placed, and then
    waited. A clock that is said to be off no more was set, and one that was ahead hardly waited for longer
    than it was ahead. One that shows a time long before what is placed was set back by hours: none fits.
    """
    likely = [clock.offset, *clock.earlier]
    likely.insert(0 if clock.offset[1] is PlacedBy.OFFSET or clock.offset[0] < 0 else 1, RIGHT)
    possible = [each for each in likely if each[0] <= apart + SAME_MS and not each[1].guessed]
    if newest_ms is None:
        return possible[0] if possible else None
    early = [newest_ms - sent - offset for offset, _ in possible]
    for each, by in zip(possible, early, strict=True):
        if by <= SAME_MS:
            return each
    return possible[0] if possible and min(early) <= LAG_MS else None


def _possible(sent: int | None, offset: int, received: int) -> bool:
    return sent is None or received - AGE_MAX_MS <= sent + offset <= received + BELIEVED_MS


def sent_by(clock: DeviceClock, sending: Sending) -> DeviceClock:
    """The clock once a batch was sent by it."""
    offset, earlier = clock.offset, clock.earlier
    if sending.sure:
        offset = sending.offset
        if not _same(clock.offset, offset):
            earlier = remembering(earlier, clock.offset)
    return replace(clock, offset=offset, earlier=earlier, waited=sending.waited, doubted=sending.doubted)


def remembering(earlier: tuple[Offset, ...], offset: Offset) -> tuple[Offset, ...]:
    """The offsets with this one first, and none twice; guesses are forgotten before what is known."""
    others = [each for each in earlier if not _same(each, offset)]
    if len(others) == CLOCKS_MAX:
        others.remove(next((each for each in reversed(others) if each[1].guessed), others[-1]))
    return (offset, *others)


def _same(one: Offset, other: Offset) -> bool:
    return abs(one[0] - other[0]) <= SAME_MS
