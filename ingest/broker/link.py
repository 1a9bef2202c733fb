"""Where the connection to the broker stands, by name."""

from enum import StrEnum


class Link(StrEnum):
    """Where the connection stands."""

    WAITING = "waiting"
    """Not connected; the next attempt is due at a known time."""
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    CLOSED = "closed"
