"""The one tree of errors that linli raises on purpose."""

from linli.refusal import Refusal


class LinliError(Exception):
    """Anything linli refuses or cannot do, said in words a person can act on."""


class InvalidMessage(LinliError):
    """Something on the wire that the contract (docs/mqtt.md) does not allow.

    `detail` says what was wrong with this one.
    """

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class InvalidSetting(LinliError):
    """A setting that cannot be used; the text names the setting."""


class InvalidInventory(LinliError):
    """An inventory.toml that contradicts itself; the text names the entry."""


class InvalidProfile(LinliError):
    """A jurisdiction profile that is incomplete; the text names the entry."""


class InvalidQuery(LinliError):
    """A question that cannot be asked that way (a range that ends before it starts, say)."""


class NotFound(LinliError):
    """The named thing is not in the store."""


class Conflict(LinliError):
    """The thing is not in a state that allows this change."""


class StoreError(LinliError):
    """The operational store did not do what it was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or is full; the same request may succeed later."""


class NotOwner(StoreUnavailable):
    """What is to be written belongs to another ingest by now, or may do: claim it first."""


class StoreRefused(StoreError):
    """The store will never take this; trying again changes nothing."""


class StaleState(StoreError):
    """An operator changed something since the caller read its state: read again, decide again."""


class HistoryError(LinliError):
    """The history (time-series) store did not do what it was asked."""


class HistoryUnavailable(HistoryError):
    """It cannot be reached, or answers that it cannot now; may heal by itself.

    `retry_after_s`: how long it asked to be left alone, seconds, when it said so.
    """

    def __init__(self, said: str, retry_after_s: float | None = None) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s


class HistoryFailed(HistoryUnavailable):
    """It answers that it failed (500): perhaps with these points alone, for a moment or for good.

    `lasting`: what it says of it does not pass by itself (a full disk, a shard that could not be opened).
    """

    def __init__(self, said: str, *, lasting: bool = False) -> None:
        super().__init__(said)
        self.lasting = lasting


class HistoryRefused(HistoryError):
    """It answers that it will not (set-up, rights, a bad line); a person must act."""


class HistoryFull(HistoryRefused):
    """A limit of its own (how many series) kept some of these points out; others may have been written."""
