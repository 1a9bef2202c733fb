"""What every row is told."""

from dataclasses import dataclass

AT_ONE = 4_000
"""A device has 8 messages out and one receipt a second: so many send up to 32,000 messages a second, which is
more than any of those that are measured takes. More would measure their receipts and their first readings.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """`events` a run, `repeat` runs of each case, `seconds` for what runs by time; `devices` that speak, and
    how `many` where their number is what is measured; `history` in millions of events.
    """

    events: int
    repeat: int
    seconds: int
    devices: int
    many: int
    history: int
    node_red: bool

    @property
    def devices_at_one(self) -> int:
        """That speak where a message is one event and goes as fast as it can: the load is not the bound."""
        return max(self.devices, AT_ONE)
