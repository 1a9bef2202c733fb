"""Photos as files named by their hash."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol


class PhotoStore(Protocol):
    """Keeps JPEGs by SHA-256."""

    def put(self, sha256: str, jpeg: bytes) -> None:
        """Write and sync; the same hash again only makes it new to `sweep`.

        Raises StoreUnavailable (disk full).
        """

    def get(self, sha256: str) -> bytes:
        """Raises NotFound."""

    def remove(self, sha256: str, put_before_ms: int) -> None:
        """Delete a photo, if it was not put again since this time (ms UTC). One that is gone is gone.

        Raises StoreUnavailable.
        """

    def check(self) -> None:
        """Write something small, and take it away again. Raises StoreUnavailable, in words for people."""

    def sweep(self, known: Callable[[Sequence[str]], Collection[str]], older_than_ms: int) -> int:
        """Delete photos that are not `known` (asked for some at a time) and were last put before this time.

        Returns how many.
        """
