"""What can go wrong on the bin itself."""

from linli.errors import LinliError


class OutboxError(LinliError):
    """The outbox cannot be opened or written; the text says which file and why."""


class SensorFault(LinliError):
    """A sensor, reader or camera gave nothing usable. `code` is the fault event's, a linli name."""

    def __init__(self, code: str, detail: str, compartment: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.compartment = compartment


class UnreadablePhoto(LinliError):
    """Bytes that are no photo, or one too large to be opened."""
