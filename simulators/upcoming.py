"""What comes next, with its picture: drawn or read in another thread while the devices are served."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from simulators.album import Album
from simulators.happenings import Happening, Looked, Thrown

AHEAD = 64
"""Happenings looked ahead, some seconds of a demonstration."""


class Upcoming:
    """The happenings in order. One thread alone uses the album."""

    def __init__(self, happenings: Iterator[Happening], album: Album) -> None:
        self._happenings = happenings
        self._album = album
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._next: deque[tuple[Happening, Future[bytes] | None]] = deque()
        self._fill()

    @property
    def at_s(self) -> float:
        """When the next one is, in simulated seconds."""
        return self._next[0][0].at_s

    @property
    def ready(self) -> bool:
        """Whether its picture is."""
        picture = self._next[0][1]
        return picture is None or picture.done()

    def take(self) -> tuple[Happening, bytes]:
        """The next one and its picture (empty where it has none). Raises what the album raised."""
        happening, picture = self._next.popleft()
        self._fill()
        return happening, b"" if picture is None else picture.result()

    def close(self) -> None:
        """Draw no more, and close the album."""
        self._thread.shutdown(cancel_futures=True)
        self._album.close()

    def _fill(self) -> None:
        while len(self._next) < AHEAD:
            happening = next(self._happenings)
            picture = None
            if isinstance(happening, Thrown | Looked):
                picture = self._thread.submit(self._album.picture, happening.shown)
            self._next.append((happening, picture))
