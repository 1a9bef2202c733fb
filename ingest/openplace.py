"""One place while readings are added to it: its newest values, and the sums of their hours."""

from operator import attrgetter

from msgspec import Struct

from linli.alerts.rules import PAGE_WITHIN_MS
from linli.ports.operational import DeviceKey
from linli.ports.rows import HourRow, PlaceRow

HOUR_MS = 3_600_000

_NONE = (0, 0.0)


class _Hour(Struct, gc=False):
    first_seq: int
    last_seq: int
    sums: dict[str, tuple[int, float]]


class News(Struct, frozen=True, gc=False):
    """What the pages are told of a place."""

    community: str
    device: str
    compartment: str
    channels: dict[str, float]
    at_ms: int


class OpenPlace:
    """`newest` is as PlaceRow's. `shown` is what the pages are told: what became newest in this group, at
    `shown_ms`. `quiet`: nothing has begun of the rules that watch a level here.
    """

    __slots__ = ("_device", "_hours", "compartment", "newest", "quiet", "shown", "shown_ms")

    def __init__(
        self, device: DeviceKey, compartment: str, row: PlaceRow | None, *, quiet: bool = False
    ) -> None:
        self.quiet = quiet
        self._device = device
        self.compartment = compartment
        self.newest = row.newest.copy() if row is not None else {}
        self.shown: dict[str, float] = {}
        self.shown_ms = 0
        self._hours: dict[tuple[int, str], _Hour] = {}
        hour = row.hour if row is not None else None
        if hour is not None:
            self._hours[hour.hour_ms, hour.epoch] = _Hour(hour.first_seq, hour.last_seq, dict(hour.sums))

    def add(self, epoch: str, seq: int, at_ms: int, values: dict[str, float], now_ms: int) -> None:
        """Add one reading. The newer of two values stands, whichever comes first.

        One that lies in the future was placed by a clock that has been put right since: it gives way. The
        pages are told of what became newest, unless it is old news all the same.
        """
        newest = self.newest
        fresh = now_ms - at_ms <= PAGE_WITHIN_MS
        key = (at_ms - at_ms % HOUR_MS, epoch)
        hour = self._hours.get(key)
        if hour is None:
            hour = self._hours[key] = _Hour(seq, seq, {})
        elif seq > hour.last_seq:
            hour.last_seq = seq
        elif seq < hour.first_seq:
            hour.first_seq = seq
        sums, shown = hour.sums, self.shown
        for channel, value in values.items():
            known = newest.get(channel)
            if (
                known is None
                or at_ms > known[1]
                or (at_ms == known[1] and seq > known[2])
                or known[1] > now_ms
            ):
                newest[channel] = (value, at_ms, seq)
                if fresh:
                    shown[channel] = value
                    self.shown_ms = max(self.shown_ms, at_ms)
            n, total = sums.get(channel, _NONE)
            sums[channel] = (n + 1, total + value)

    def close(self) -> tuple[PlaceRow, list[HourRow]]:
        """The place as it is now, with its newest hour open, and the sums of the others."""
        rows = [self._row(key, hour) for key, hour in self._hours.items()]
        if len(rows) > 1:
            rows.sort(key=attrgetter("hour_ms"))
        hour = rows.pop() if rows else None
        return PlaceRow(*self._device, self.compartment, self.newest, hour), rows

    def news(self) -> News:
        """What became newest, for the pages."""
        return News(*self._device, self.compartment, self.shown, self.shown_ms)

    def _row(self, key: tuple[int, str], hour: _Hour) -> HourRow:
        return HourRow(
            *self._device, self.compartment, key[1], key[0], hour.first_seq, hour.last_seq, hour.sums
        )
