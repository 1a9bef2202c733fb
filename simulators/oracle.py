"""Which alerts must follow from readings: a second opinion, written apart from linli.alerts.

It knows the three alerts that a reading alone can cause, and counts how often each began and ended at each
place. Readings are told in the order in which the bin made them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

OVERFLOW_FROM, OVERFLOW_ENDS_BELOW = 90.0, 80.0
HEAT_FROM, HEAT_ENDS_BELOW = 60.0, 50.0
BATTERY_FROM, BATTERY_ENDS_ABOVE = 20.0, 30.0


@dataclass(slots=True)
class Count:
    """How often an alert began and ended at one place. `in_a_row`: readings that speak for beginning."""

    fired: int = 0
    resolved: int = 0
    in_a_row: int = 0

    @property
    def firing(self) -> bool:
        """Whether it is so now."""
        return self.fired > self.resolved

    def tell(self, *, bad: bool, well: bool, needed: int) -> None:
        """One more reading: it speaks for the alert (`bad`), for its end (`well`), or for neither."""
        if self.firing:
            self.resolved += well
            self.in_a_row = 0
            return
        self.in_a_row = self.in_a_row + 1 if bad else 0
        if self.in_a_row == needed:
            self.fired += 1
            self.in_a_row = 0


class Oracle:
    """The alerts of all places, by (device, compartment or "" for the device's own, kind)."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], Count] = {}

    def tell(self, device: str, compartment: str | None, channels: Mapping[str, float]) -> None:
        """A reading was made."""
        place = (device, compartment or "")
        if (fill := channels.get("fill_pct")) is not None:
            self._count(*place, "overflow").tell(
                bad=fill >= OVERFLOW_FROM, well=fill < OVERFLOW_ENDS_BELOW, needed=2
            )
        if (heat := channels.get("temperature_c")) is not None:
            self._count(*place, "heat").tell(bad=heat >= HEAT_FROM, well=heat < HEAT_ENDS_BELOW, needed=1)
        if (battery := channels.get("battery_pct")) is not None:
            self._count(*place, "low_battery").tell(
                bad=battery <= BATTERY_FROM, well=battery > BATTERY_ENDS_ABOVE, needed=2
            )

    def __iter__(self) -> Iterator[tuple[str, str, str, Count]]:
        """(device, compartment, kind, count) of every alert that ever fired."""
        return ((*place, count) for place, count in sorted(self._counts.items()) if count.fired)

    @property
    def firing(self) -> int:
        """How many are firing now."""
        return sum(count.firing for count in self._counts.values())

    def _count(self, device: str, compartment: str, kind: str) -> Count:
        return self._counts.setdefault((device, compartment, kind), Count())
