"""Photos on disk, named by their hash: `ab/cd/abcd….jpg`."""

import os
import re
import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from linli.errors import NotFound, StoreRefused, StoreUnavailable
from linli.identifiers import SHA256_PATTERN

ASKED_AT_ONCE = 200

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

    def remove(self, sha256: str, put_before_ms: int) -> None:
        """Delete a photo, if it was not put again since this time (ms UTC). One that is gone is gone."""
        place = self._place(sha256)
        with _not_now(f"the photo {sha256} cannot be deleted"):
            if place is not None:
                self._remove(place, put_before_ms)

    def check(self) -> None:
        """Write something small, and take it away again. Raises StoreUnavailable, in words for people."""
        probe = self._path / f".probe.{secrets.token_hex(4)}"
        with _not_now(f"photos cannot be written to {self._path}"):
            self._make_folders(self._path)
            try:
                with probe.open("wb") as file:
                    file.write(
                        b"linli" * 1_000
                    )  # more than one block: a full disk may still take an empty file
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                probe.unlink(missing_ok=True)

    def sweep(self, known: Callable[[Sequence[str]], Collection[str]], older_than_ms: int) -> int:
        """Delete photos that are not `known` (asked for some at a time) and were last put before this time.

        A file that a crash left half-written is nobody's, and goes the same way. Returns how many went.
        """
        gone = 0
        with _not_now("old photos cannot be swept"):
            for files in self._files():
                recorded = known([file.name.removesuffix(".jpg") for file in files])
                orphans = (file for file in files if file.name.removesuffix(".jpg") not in recorded)
                gone += sum(self._remove(file, older_than_ms) for file in orphans)
        return gone

    def _remove(self, file: Path, put_before_ms: int) -> bool:
        """Delete it, unless it was put since; whether it was deleted."""
        try:
            with self._deciding:
                if file.stat().st_mtime_ns // 1_000_000 >= put_before_ms:
                    return False
                file.unlink()
        except FileNotFoundError:  # another was faster
            return False
        return True

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

    def _files(self) -> Iterator[list[Path]]:
        """All files, some at a time."""
        files = (file for file in self._path.glob("??/??/*") if file.is_file())
        while some := list(islice(files, ASKED_AT_ONCE)):
            yield some

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
