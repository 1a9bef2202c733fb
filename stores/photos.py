"""Photos on disk, named by their hash: `ab/cd/abcd….jpg`."""

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from linli.errors import NotFound, StoreRefused, StoreUnavailable
from linli.identifiers import SHA256_PATTERN

_SHA256 = re.compile(SHA256_PATTERN)


class PhotoFolder:
    """PhotoStore in a folder. A file that is there is whole: written beside its place, synced, moved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._deciding = threading.Lock()
        """Held while a file is found to be there, or to be an orphan: never both at once."""

    def put(self, sha256: str, jpeg: bytes) -> None:
        """Write and sync; the same hash again only makes it new to `sweep`.

        Raises StoreUnavailable for whatever the file system says; StoreRefused for a name that is no hash.
        """
        place = self._place(sha256)
        if place is None:
            raise StoreRefused(f"{sha256!r} is no SHA-256")
        with _not_now(f"the photo {sha256} cannot be written"):
            if not self._renew(place):
                self._write(place, jpeg)

    def get(self, sha256: str) -> bytes:
        """Raises NotFound, and StoreUnavailable when the folder cannot be looked into."""
        place = self._place(sha256)
        with _not_now(f"the photo {sha256} cannot be read"):
            try:
                if place is not None:
                    return place.read_bytes()
            except FileNotFoundError:
                pass
        raise NotFound(f"there is no photo {sha256!r}")

    def sweep(self, known: Callable[[str], bool], older_than_ms: int) -> int:
        """Delete photos that are not `known` and were last put before this time (ms UTC).

        A file that a crash left half-written is nobody's, and goes the same way. Returns how many went.
        """
        gone = 0
        with _not_now("old photos cannot be swept"):
            for file in self._files():
                if known(file.name.removesuffix(".jpg")):
                    continue
                try:
                    with self._deciding:
                        if file.stat().st_mtime_ns // 1_000_000 < older_than_ms:
                            file.unlink()
                            gone += 1
                except FileNotFoundError:  # another sweep was faster
                    continue
        return gone

    def _renew(self, place: Path) -> bool:
        """True when it is there, and then it is no old orphan any more."""
        try:
            with self._deciding:
                os.utime(place)
        except FileNotFoundError:
            return False
        _sync_folder(place.parent)  # whoever put it may have been killed before this
        return True

    def _write(self, place: Path, jpeg: bytes) -> None:
        self._make_folders(place.parent)
        part = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)

    def _place(self, sha256: str) -> Path | None:
        """Nothing but a hash ever becomes a path."""
        if not _SHA256.match(sha256):
            return None
        return self._path / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"

    def _files(self) -> Iterator[Path]:
        return (file for file in self._path.glob("??/??/*") if file.is_file())

    def _make_folders(self, folder: Path) -> None:
        """Make what is missing, each synced into its parent: a power cut must not take a photo's folder."""
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)


@contextmanager
def _not_now(what: str) -> Iterator[None]:
    """Whatever the file system says (no right, no room, a broken disk) may be mended: never a last word.

    A photo that is refused for good is named as settled, and the device deletes it.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error}") from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folder, and writes its names through
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
