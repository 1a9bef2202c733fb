"""What ingest has placed of a device, batch by batch."""

from collections.abc import Iterable

from linli.events import Telemetry
from linli.seqs import SeqSet
from linli.timing.clock import DeviceClock
from linli.timing.place import Placing, place
from linli.timing.reasons import PlacedBy

NOW = 1_764_032_400_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Line:
    """Ingest at the end of a device's line: what it has placed so far."""

    def __init__(self) -> None:
        self.clock = DeviceClock()
        self.settled = SeqSet()
        self.placed: dict[int, tuple[int, str]] = {}

    def take(
        self,
        stamps: dict[int, int | None],
        sent: int | None = None,
        offset: int | None = None,
        received: int = NOW,
        ages: dict[int, int] | None = None,
    ) -> Placing:
        events = [
            Telemetry(seq=seq, ts=ts, age_ms=(ages or {}).get(seq, 0), fill_pct=1.0)
            for seq, ts in stamps.items()
        ]
        found = place(events, sent, offset, received, self.clock, self.settled)
        self.clock = found.clock
        reasons = found.reasons or [PlacedBy.DEVICE_CLOCK] * len(events)
        for event, at, reason in zip(found.events, found.times, reasons, strict=True):
            self.placed[event.seq] = (at - NOW, reason.value)
            self.settled.add(event.seq)
        times = [at for _, (at, _) in sorted(self.placed.items())]
        assert times == sorted(times), "the order of the numbers"
        return found

    def of(self, *seqs: int) -> list[tuple[int, str]]:
        return [self.placed[seq] for seq in seqs]


def right(at: int) -> tuple[int, str]:
    return at, "device_clock"


def numbered(first: int, stamps: Iterable[int]) -> dict[int, int | None]:
    return dict(enumerate(stamps, first))
