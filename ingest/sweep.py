"""Photos that were written and never recorded: a crash between the two leaves them, nobody asks for them."""

import logging
import threading
from collections.abc import Callable, Collection, Sequence

from linli.errors import StoreError
from linli.ports.photos import PhotoStore

log = logging.getLogger("ingest.sweep")

EVERY_S = 6 * 3_600.0
ORPHAN_AFTER_MS = 3_600_000
"""Nothing that is still on its way to a commit is this old."""


class Sweeper(threading.Thread):
    """Sweeps at the start and then every few hours, until `stop`."""

    def __init__(
        self, photos: PhotoStore, known: Callable[[Sequence[str]], Collection[str]], clock: Callable[[], int]
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._photos = photos
        self._known = known
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End; a sweep in hand ends with the process."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self.step()
            self._stopping.wait(EVERY_S)

    def step(self) -> int:
        """Sweep once; returns how many photos went."""
        try:
            gone = self._photos.sweep(self._known_or_stopping, self._clock() - ORPHAN_AFTER_MS)
        except StoreError as error:
            log.warning("not swept", extra={"why": str(error)})
            return 0
        if gone:
            log.info("swept", extra={"photos": gone})
        return gone

    def _known_or_stopping(self, hashes: Sequence[str]) -> Collection[str]:
        return hashes if self._stopping.is_set() else self._known(hashes)
