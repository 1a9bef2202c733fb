"""Whatever a device stamps and however its batches come: the order of the numbers, and one place for each."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.events import Telemetry, encode
from linli.seqs import SeqSet
from linli.timing import place as placing
from linli.timing.clock import DeviceClock
from linli.timing.place import place

NOW = 1_764_032_400_000
YEARS_10 = 315_619_200_000

offsets = st.sampled_from([-YEARS_10, -18_000_000, -10_001, -9_000, 0, 700, 10_001, 18_000_000, YEARS_10]) | (
    st.integers(-YEARS_10, YEARS_10)
)
wrong = offsets.filter(lambda off: not -10_000 <= off <= 10_000) | st.just(0)
"""A clock that is off by less is believed."""
stamps = st.none() | st.integers(0, 2 * NOW) | st.integers(NOW - 200_000, NOW + 200_000)


class Batch(msgspec.Struct):
    events: list[Telemetry]
    sent: int | None
    offset_ms: int | None
    received: int


class Ingest:
    """As ingest does it: what is settled is not placed again, and what is known may be written and read."""

    def __init__(self) -> None:
        self.clock = DeviceClock()
        self.settled = SeqSet()
        self.placed: dict[int, int] = {}

    def take(self, batch: Batch, *, restart: bool = False) -> None:
        if restart:
            self.clock = msgspec.json.decode(encode(self.clock), type=DeviceClock)
        fresh = [event for event in batch.events if event.seq not in self.settled]
        if fresh:
            found = place(fresh, batch.sent, batch.offset_ms, batch.received, self.clock, self.settled)
            self.clock = found.clock
            self.placed |= zip((event.seq for event in found.events), found.times, strict=True)
            for event in fresh:
                self.settled.add(event.seq)


def in_order(placed: dict[int, int]) -> bool:
    times = [at for _, at in sorted(placed.items())]
    return times == sorted(times)


def parts(draw: Any, seqs: list[int]) -> list[list[int]]:
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(seqs) - 1)), max_size=6)))
    return [seqs[a:b] for a, b in zip([0, *cuts], [*cuts, len(seqs)], strict=True) if seqs[a:b]]


@st.composite
def told(draw: Any) -> tuple[dict[int, int], list[Batch]]:
    """What truly happened, and what a device whose clock is off, and which says so, sends of it, anyhow."""
    steps = draw(st.lists(st.integers(0, 900_000), min_size=1, max_size=25))
    true, at = {}, NOW - sum(steps) - 1_000
    for seq, step in enumerate(steps, 1):
        true[seq] = at = at + step
    off = draw(wrong)
    batches = []
    for _ in range(draw(st.integers(1, 3))):
        for seqs in parts(draw, list(true)):
            sent = draw(st.integers(true[seqs[-1]], NOW))
            events = [Telemetry(seq=seq, ts=true[seq] - off, fill_pct=1.0) for seq in seqs]
            batches.append(Batch(events, sent - off, off, sent))
    batches = draw(st.permutations(batches))
    for batch in batches:
        batch.received += draw(st.integers(0, 400_000_000))
    return true, batches


@settings(deadline=None, max_examples=1000)
@given(told(), st.data())
def test_where_the_offset_is_stated_nothing_depends_on_the_way(case, data) -> None:
    true, batches = case
    ingest = Ingest()
    for batch in batches:
        ingest.take(batch, restart=data.draw(st.booleans()))
    assert ingest.placed == true


@st.composite
def queued(draw: Any) -> tuple[dict[int, int], list[Batch]]:
    """A clock that is right but for small steps, and says nothing, while linli is away: all comes at once."""
    true, batches, at, off, seq = {}, [], NOW, 0, 0
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(0, 3_600_000))
        off = draw(st.integers(-9_000, 9_000)) if draw(st.booleans()) else off
        events = []
        for _ in range(draw(st.integers(1, 4))):
            seq, at = seq + 1, at + draw(st.integers(1, 5_000))
            true[seq] = at
            events.append(Telemetry(seq=seq, ts=at - off, fill_pct=1.0))
        batches.append(Batch(events, at - off + 100, None, 0))
    back = at + draw(st.integers(10_000, 400_000_000))
    batches = draw(st.permutations(batches)) if draw(st.booleans()) else batches
    for n, batch in enumerate(batches):
        batch.received = back + n * 50
    return true, batches


@settings(deadline=None, max_examples=100)
@given(queued(), st.sampled_from([None, 0, 9_000, NOW + 3_600_000]))
def test_a_wait_is_nobodys_clock(case, booted) -> None:
    true, batches = case
    ingest = Ingest()
    if booted is not None:  # it began wrong, and was put right before all this
        first = Telemetry(seq=1, ts=booted, fill_pct=1.0)
        ingest.take(Batch([first], booted, None, NOW - 1_000))
        for batch in batches:
            batch.events = [msgspec.structs.replace(event, seq=event.seq + 1) for event in batch.events]
        true = {seq + 1: at for seq, at in true.items()}
        ingest.placed.clear()
    for batch in batches:
        ingest.take(batch)
    assert max(abs(ingest.placed[seq] - at) for seq, at in true.items()) <= 20_000


@st.composite
def set_by_hours(draw: Any) -> tuple[int, dict[int, int], list[Batch]]:
    """A clock that is set by hours and says nothing, on a way where what is sent now may come after what is
    sent next. Returns the time between two events, when each was, and the batches as they come.
    """
    step = draw(st.sampled_from([1_000, 20_000, 60_000]))
    true = {seq: NOW + seq * step for seq in range(1, 31)}
    since = draw(st.integers(4, 30))
    batches: list[Batch] = []
    off = draw(st.sampled_from([-18_000_000, -3_600_000, 18_000_000, 5_000 - true[since]]))
    offs = {seq: off if seq >= since else 0 for seq in true}
    for seqs in [[1, 2], *parts(draw, list(true)[2:])]:  # of the first nothing can be known but its stamps
        events = [Telemetry(seq=seq, ts=true[seq] + offs[seq], fill_pct=1.0) for seq in seqs]
        sent = true[seqs[-1]] + 300
        underway = draw(st.sampled_from([20, 20, 2 * step])) if batches else 20
        batches.append(Batch(events, sent + offs[seqs[-1]], None, sent + underway))
    return step, true, sorted(batches, key=lambda batch: batch.received)


@settings(deadline=None, max_examples=300)
@given(set_by_hours())
def test_a_clock_that_is_set_by_hours_misplaces_by_what_is_between_events(case) -> None:
    step, true, batches = case
    ingest = Ingest()
    for batch in batches:
        ingest.take(batch)
    assert max(abs(ingest.placed[seq] - at) for seq, at in true.items()) <= 10_000 + 4 * step


@st.composite
def anything(draw: Any) -> list[Batch]:
    order = draw(st.permutations(range(1, draw(st.integers(1, 30)) + 1)))
    batches, received = [], NOW
    for seqs in parts(draw, list(order)):
        received += draw(st.integers(0, 100_000))
        events = [
            Telemetry(seq=seq, ts=draw(stamps), age_ms=draw(st.integers(0, 10**7)), fill_pct=1.0)
            for seq in seqs
        ]
        batches.append(Batch(events, draw(stamps), draw(st.none() | offsets), received))
    return batches


@settings(deadline=None, max_examples=1000)
@given(anything())
def test_whatever_is_stamped_the_order_of_the_numbers_holds(batches) -> None:
    ingest = Ingest()
    for batch in batches:
        ingest.take(batch)
        assert in_order(ingest.placed)
        assert max(ingest.placed.values()) <= batch.received


@st.composite
def well_set(draw: Any) -> list[Batch]:
    """A clock that is right, or nearly: the short way is to be gone."""
    batches, at, seq = [], NOW, 0
    for _ in range(draw(st.integers(1, 8))):
        events = []
        for _ in range(draw(st.integers(1, 4))):
            seq += draw(st.sampled_from([1, 1, 1, 1, 2]))
            at += draw(st.integers(-1, 5_000))
            events.append(Telemetry(seq=seq, ts=at, fill_pct=1.0))
        at += 10
        sent = draw(st.none() | st.just(at) | st.integers(at - 3_000, at + 12_000))
        batches.append(Batch(events, sent, draw(st.none() | st.integers(-11_000, 11_000)), at))
    return batches


@settings(deadline=None, max_examples=100)
@given(anything() | well_set(), st.booleans())
def test_the_short_way_says_what_the_long_way_says(batches, suspect) -> None:
    ingest = Ingest()
    for batch in batches:
        clock = msgspec.structs.replace(ingest.clock, suspect=suspect and ingest.clock.suspect)
        events = sorted(batch.events, key=lambda event: event.seq)
        given = (events, batch.sent, batch.offset_ms, batch.received, clock)
        times = placing._calm(*given)
        if times is not None:
            careful = placing._with_care(*given, ingest.settled)
            assert (times, set(careful.reasons or [])) == (careful.times, {"device_clock"})
            assert careful.clock == place(*given, ingest.settled).clock
        ingest.take(batch)
