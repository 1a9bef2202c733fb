"""Which parts of the device are broken now, so that a fault is told when it begins and when it ends."""


class FaultBook:
    """Faults by code and compartment. A device starts with none: the first good reading says nothing."""

    def __init__(self) -> None:
        self._active: set[tuple[str, str | None]] = set()

    def changed(self, code: str, compartment: str | None, active: bool) -> bool:
        """Note how it is now; True when it was otherwise before."""
        key = (code, compartment)
        if active == (key in self._active):
            return False
        (self._active.add if active else self._active.discard)(key)
        return True
