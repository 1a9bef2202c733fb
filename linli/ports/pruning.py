"""What is kept only for a time, and how it is let go: in small steps, each one short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Position = int | str | None
"""How far a walk over a table has come; None at its beginning, and when it has been at its end."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many rows went, and where the walk goes on; `at` None: it is over for now.

    `held`: rows that are old enough and must stay, because something still needs them.
    """

    gone: int
    at: Position
    held: int = 0


class PrunedStore(Protocol):
    """The operational store, as the pruner sees it. Any method may raise StoreUnavailable.

    Never touched: deposits, compliance counts, alerts and their timelines, ledgers. What people are judged
    by, and what is derived, does not depend on a raw event once it is folded.
    """

    def prune_events(self, at: Position, before_ms: int, limit: int, *, forwarded: bool) -> Step:
        """Raw events received before a time. With `forwarded`, none that is not written to InfluxDB yet.

        Kept events of a device that has just been accepted stay until they are folded.
        """

    def prune_photos(self, at: Position, before_ms: int, limit: int) -> tuple[Step, Sequence[str]]:
        """Records of photos received before a time, but for those a firing alert shows; and their hashes."""

    def prune_dead_letters(self, at: Position, before_ms: int, limit: int) -> Step:
        """Dead letters received before a time; how many there were by reason stays known."""

    def prune_rollups(self, at: Position, before_ms: int, limit: int) -> Step:
        """Hourly sums of the hours before a time."""

    def prune_changes(self, keep: int, limit: int) -> Step:
        """Live changes, but for the newest `keep`."""

    def forget_unknown(self, before_ms: int, limit: int) -> Step:
        """Devices that nobody accepted and nobody has heard since, with their kept events."""

    def report(self, name: str, body: bytes, at_ms: int) -> None:
        """As IngestStore's."""
