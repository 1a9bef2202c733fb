"""What the forwarder says of itself, and every ingest, `/readyz` and the metrics read."""

from enum import StrEnum

import msgspec
from msgspec import Struct


class ForwarderState(StrEnum):
    """What came of the last step."""

    STARTING = "starting"
    OFF = "off"
    """No time-series store is set."""
    IDLE = "idle"
    WRITING = "writing"
    AWAY = "away"
    FAILING = "failing"
    """It answers, and a part cannot be written."""
    REFUSED = "refused"
    STORE_AWAY = "store away"
    FAULT = "fault"
    SILENT = "silent"
    """Nothing has been said for a while; no forwarder says it of itself."""


class Outlook(StrEnum):
    """Whether it heals."""

    WELL = "well"
    PASSES = "passes"
    """It may, by itself."""
    LASTS = "lasts"
    """A person must act."""


class ForwarderReport(Struct):
    """`state`, `outlook` and `detail` are of the last step alone.

    `lag`: events that are still to be written. `behind_s`: how long ago the oldest of them was received,
    seconds. `written`, `rejected`: points since its start.
    """

    state: ForwarderState = ForwarderState.STARTING
    detail: str = ""
    outlook: Outlook = Outlook.WELL
    lag: int = 0
    behind_s: int = 0
    written: int = 0
    rejected: int = 0

    @property
    def is_well(self) -> bool:
        """All that it could do it has done."""
        return self.state in (ForwarderState.IDLE, ForwarderState.WRITING)


_decoder = msgspec.json.Decoder(ForwarderReport)


def read_forwarder_report(body: bytes) -> ForwarderReport | None:
    """A report as it is stored; None for what is none."""
    try:
        return _decoder.decode(body)
    except ValueError:  # msgspec's and UTF-8's errors are such
        return None
