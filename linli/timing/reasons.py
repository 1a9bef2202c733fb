"""Why an event was placed where it is."""

from enum import StrEnum


class PlacedBy(StrEnum):
    """The reason that is kept with each event. docs/mqtt.md, "Clocks", has the cases."""

    DEVICE_CLOCK = "device_clock"
    """Its clock is right: the stamp itself."""
    OFFSET = "by_offset"
    """Its clock is off, and it said by how much: stamp + offset, whenever and however it comes."""
    LEARNED_OFFSET = "by_learned_offset"
    """The same, by what its batches have shown: when each was sent, and when it came."""
    AGE = "by_age"
    """It has no clock: when it was sent (or came), less the age that it says."""
    ORDER = "by_order"
    """Its stamp is against the order of the numbers: at its neighbour, those before it at their distance."""
    ABSURD_BY_ORDER = "absurd_by_order"
    """A stamp that no known clock of the device makes true, put at its neighbour in the same way."""
    ABSURD_BY_SENDING = "absurd_by_sending"
    """Such a stamp without a neighbour after it: at the moment its batch was sent, or came."""

    @property
    def guessed(self) -> bool:
        """Whether no clock is known by which it is so: only distances between stamps count."""
        return self is PlacedBy.ORDER or self.quarantined

    @property
    def quarantined(self) -> bool:
        """Whether the stamp is kept in the event's body and used for nothing but distances."""
        return self in (PlacedBy.ABSURD_BY_ORDER, PlacedBy.ABSURD_BY_SENDING)
