"""Which parts of the device are broken now, so that a fault is told when it begins and when it ends."""


class FaultBook:
    """Parts by code and compartment. Of a part nothing is known before it is first noted.

    So each start tells once of each part how it is: what broke before a power cut and was mended during it
    would else stay broken for ever in the eyes of the property manager.
    """

    def __init__(self) -> None:
        self._broken: dict[tuple[str, str | None], bool] = {}

    def differs(self, code: str, compartment: str | None, *, active: bool) -> bool:
        """Whether it was otherwise when last noted, or is not known."""
        return self._broken.get((code, compartment)) is not active

    def note(self, code: str, compartment: str | None, *, active: bool) -> None:
        """It was told that it is so now."""
        self._broken[code, compartment] = active
