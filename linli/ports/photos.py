"""Photos as files named by their hash."""

from typing import Protocol


class PhotoStore(Protocol):
    """Keeps JPEGs by SHA-256."""

    def put(self, sha256: str, jpeg: bytes) -> None:
        """Write and sync; the same hash again changes nothing. Raises StoreUnavailable (disk full)."""

    def get(self, sha256: str) -> bytes:
        """Raises NotFound."""

    def sweep(self, known: set[str], older_than_ms: int) -> int:
        """Delete files not in `known` and last changed before this time (ms UTC); returns how many."""
