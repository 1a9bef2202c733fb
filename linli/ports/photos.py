"""Photos as files named by their hash."""

from collections.abc import Callable
from typing import Protocol


class PhotoStore(Protocol):
    """Keeps JPEGs by SHA-256."""

    def put(self, sha256: str, jpeg: bytes) -> None:
        """Write and sync; the same hash again only makes it new to `sweep`.

        Raises StoreUnavailable (disk full).
        """

    def get(self, sha256: str) -> bytes:
        """Raises NotFound."""

    def sweep(self, known: Callable[[str], bool], older_than_ms: int) -> int:
        """Delete photos that are not `known` and were last put before this time (ms UTC).

        Returns how many.
        """
