"""Whether a file that someone else writes is there in full."""

from dataclasses import dataclass
from pathlib import Path

from models.preparation import MAX_BYTES

SUFFIXES = {".jpg", ".jpeg", ".png"}
ABANDONED_MS = 30_000
"""A file that stopped growing so long ago and still has no end is taken as it is: its writer was cut off."""


@dataclass(frozen=True, slots=True)
class Print:
    """What tells a file from its next version."""

    size: int
    mtime_ns: int


class Arrivals:
    """Remembers since when each file has not changed. Steady ms."""

    def __init__(self, settle_ms: int) -> None:
        self._settle_ms = settle_ms
        self._since: dict[Path, tuple[Print, int]] = {}

    def arrived(self, path: Path, now_ms: int) -> tuple[Print, bytes] | None:
        """The file's print and bytes once it has arrived; None while it is being written, or is gone."""
        try:
            found = path.stat()
        except OSError:
            self.forget(path)
            return None
        mark = Print(found.st_size, found.st_mtime_ns)
        known, since = self._since.get(path, (None, now_ms))
        if mark != known:
            since = now_ms
            self._since[path] = (mark, now_ms)
        if now_ms - since < self._settle_ms:
            return None
        try:
            content = path.read_bytes() if mark.size <= MAX_BYTES else b""  # as unreadable as it is
        except OSError:
            return None
        whole = len(content) == mark.size and has_end(content)
        return (mark, content) if whole or now_ms - since >= ABANDONED_MS else None

    def forget(self, path: Path) -> None:
        """The file is gone."""
        self._since.pop(path, None)

    def keep_only(self, paths: set[Path]) -> None:
        """Forget the files that are no longer there."""
        for path in set(self._since) - paths:
            self.forget(path)


def has_end(content: bytes) -> bool:
    """Whether a JPEG or a PNG carries its end marker; some cameras write a little behind it."""
    tail = content[-4096:]
    return b"\xff\xd9" in tail or b"IEND" in tail
