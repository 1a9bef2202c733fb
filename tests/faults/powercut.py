"""A power cut, as far as a machine that goes on running can have one.

`kill -9` loses no page that the kernel has, so it cannot tell a store that syncs from one that does not. Here
every SQLite file of a process has a second copy, the platter: what is written goes to the file alone, and
reaches the platter when SQLite syncs that file. A power cut is `kill -9` and then the platter in place of the
file. What this shows: that whatever was acknowledged had been synced before. What it does not: that the disk
keeps what it says it has synced. SQLite's own default VFS is hooked, by ctypes, in this process alone.

The same hook refuses writes, as a full disk would.
"""

import ctypes
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

SQLITE_OK, SQLITE_FULL = 0, 13
_X_WRITE, _X_TRUNCATE, _X_SYNC = 3, 4, 5
"""Places of the pointers in sqlite3_io_methods, in words of eight bytes; the first holds its version."""
_METHODS_WORDS = 19
_VFS_X_OPEN = 5
"""The same in sqlite3_vfs: iVersion and szOsFile, mxPathname, pNext, zName, pAppData, xOpen."""
PLATTER = ".platter"
SYNCED_PHOTOS = "synced-photos"

_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)
"""The name goes through as the pointer it is: SQLite keeps it, and a copy of Python's would be gone."""
_WRITE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
)  # fmt: skip
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


_HOOKED: list["Disk"] = []
"""SQLite has pointers into them for as long as the process lives."""


class Disk:
    """The SQLite files of this process under `folder`. While `full()`, no write is taken; `refused` is called
    for each.
    """

    def __init__(self, folder: Path, full: Callable[[], bool], refused: Callable[[], object]) -> None:
        self._folder = str(folder.resolve())
        self._full = full
        self._refused = refused
        self._lock = threading.RLock()
        self._paths: dict[int, str] = {}
        self._pending: dict[str, list[tuple[int, int]]] = {}
        """path -> (offset, size) written and not synced; size -1: cut to offset"""
        self._methods: dict[int, Any] = {}
        self._open: dict[str, tuple[int, int, int]] = {}
        self._kept: list[Any] = []
        """ctypes forgets a callback that nobody holds"""
        _begin_from_what_is_there(folder)
        self._hook()
        _HOOKED.append(self)

    def _hook(self) -> None:
        library = ctypes.CDLL("libsqlite3.so.0")
        library.sqlite3_vfs_find.restype = ctypes.c_void_p
        library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
        vfs = library.sqlite3_vfs_find(None)
        words = (ctypes.c_void_p * (_VFS_X_OPEN + 1)).from_address(vfs)
        opened = _OPEN(words[_VFS_X_OPEN] or 0)

        def x_open(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
            answer: int = opened(vfs, name, file, flags, out)
            if answer == SQLITE_OK and name is not None:
                path = os.fsdecode(ctypes.string_at(name))
                if path.startswith(self._folder):
                    self._watch(file, path)
            return answer

        hooked = _OPEN(x_open)
        self._kept += [hooked, opened]
        words[_VFS_X_OPEN] = ctypes.cast(hooked, ctypes.c_void_p).value

    def _watch(self, file: int, path: str) -> None:
        with self._lock:
            self._paths[file] = path
            pointer = ctypes.c_void_p.from_address(file)
            theirs = pointer.value
            assert theirs is not None
            if theirs not in self._methods:
                self._methods[theirs] = self._copied(theirs)
            pointer.value = ctypes.addressof(self._methods[theirs])

    def _copied(self, theirs: int) -> Any:
        words = (ctypes.c_void_p * _METHODS_WORDS).from_buffer_copy(
            ctypes.string_at(theirs, 8 * _METHODS_WORDS)
        )
        write, truncate = _WRITE(words[_X_WRITE] or 0), _TRUNCATE(words[_X_TRUNCATE] or 0)

        def x_write(file: int, data: int, size: int, offset: int) -> int:
            if self._full():
                self._refused()
                return SQLITE_FULL
            answer: int = write(file, data, size, offset)
            with self._lock:
                self._pending.setdefault(self._paths[file], []).append((offset, size))
            return answer

        def x_truncate(file: int, size: int) -> int:
            answer: int = truncate(file, size)
            with self._lock:
                self._pending.setdefault(self._paths[file], []).append((size, -1))
            return answer

        def x_sync(file: int, _flags: int) -> int:
            self._sync(self._paths[file])
            return SQLITE_OK

        mine = {_X_WRITE: _WRITE(x_write), _X_TRUNCATE: _TRUNCATE(x_truncate), _X_SYNC: _SYNC(x_sync)}
        for place, function in mine.items():
            words[place] = ctypes.cast(function, ctypes.c_void_p).value
        self._kept += [write, truncate, *mine.values()]
        return words

    def _sync(self, path: str) -> None:
        with self._lock:
            platter, source = self._both(path)
            for offset, size in self._pending.pop(path, []):
                if size < 0:
                    os.ftruncate(platter, offset)
                else:
                    os.pwrite(platter, os.pread(source, size, offset), offset)

    def _both(self, path: str) -> tuple[int, int]:
        """The platter and the file, open. They stay so: to close a file lets go of SQLite's locks on it."""
        inode = Path(path).stat().st_ino
        known = self._open.get(path)
        if known is None or known[2] != inode:  # a log that was deleted is made anew
            platter = os.open(path + PLATTER, os.O_RDWR | os.O_CREAT, 0o644)
            known = self._open[path] = (platter, os.open(path, os.O_RDONLY), inode)
        return known[0], known[1]


def _begin_from_what_is_there(folder: Path) -> None:
    """What an earlier life left has had the time to reach the disk."""
    for path in databases(folder):
        for each in (path, path.with_name(path.name + "-wal")):
            platter = each.with_name(each.name + PLATTER)
            if each.exists():
                shutil.copyfile(each, platter)
            else:
                platter.unlink(missing_ok=True)


def databases(folder: Path) -> list[Path]:
    return [path for pattern in ("**/*.db", "**/*.outbox") for path in folder.glob(pattern)]


def cut(folder: Path) -> int:
    """After the process was killed: the power is gone. Returns how many bytes were not on the platter."""
    lost = 0
    for path in databases(folder):
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        for each in (path, path.with_name(path.name + "-wal")):
            platter = each.with_name(each.name + PLATTER)
            if platter.exists():
                before, after = each.read_bytes() if each.exists() else b"", platter.read_bytes()
                lost += sum(a != b for a, b in zip(before, after, strict=False))
                lost += abs(len(before) - len(after))
                shutil.copyfile(platter, each)
            else:
                lost += each.stat().st_size if each.exists() else 0
                each.unlink(missing_ok=True)
    return lost + _cut_photos(folder)


def watch_photos(folder: Path) -> None:
    """Note which files this process syncs by itself."""
    real, place = os.fsync, folder / SYNCED_PHOTOS

    def fsync(number: int) -> None:
        real(number)
        with place.open("a", encoding="ascii") as file:
            file.write(f"{os.fstat(number).st_ino}\n")

    os.fsync = fsync  # type: ignore[assignment]


def _cut_photos(folder: Path) -> int:
    place, lost = folder / SYNCED_PHOTOS, 0
    synced = set(place.read_text(encoding="ascii").split()) if place.exists() else set()
    for photo in folder.glob("photos/**/*.jpg"):
        if str(photo.stat().st_ino) not in synced:
            lost += photo.stat().st_size
            photo.write_bytes(b"")
    return lost
