"""Which parts of the device are broken now, so that a fault is told when it begins and when it ends."""


class FaultBook:
    """Parts by code and compartment. Of a part nothing is known before it is first noted.

    So each start tells once of each part how it is: what broke before a power cut and was mended during it
    would else stay broken for ever in the eyes of the property manager.
    """

    def __init__(self) -> None:
        self._broken: dict[tuple[str, str | None], bool] = {}

    def changed(self, code: str, compartment: str | None, *, active: bool) -> bool:
        """Note how it is now; True when it was otherwise before, or not known."""
        before = self._broken.get((code, compartment))
        self._broken[code, compartment] = active
        return before is not active
