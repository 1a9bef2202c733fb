"""Photos that were written and never recorded: a crash between the two leaves them, nobody asks for them."""

import logging
from collections.abc import Callable, Collection, Sequence

from ingest.workers.worker import Worker
from linli.errors import StoreError
from linli.ports.photos import PhotoStore

log = logging.getLogger("ingest.workers.sweep")

EVERY_S = 6 * 3_600.0
ORPHAN_AFTER_MS = 3_600_000
"""Nothing that is still on its way to a commit is this old."""


class Sweeper(Worker):
    """Sweeps at the start and then every few hours, until `stop`."""

    def __init__(
        self, photos: PhotoStore, known: Callable[[Sequence[str]], Collection[str]], clock: Callable[[], int]
    ) -> None:
        super().__init__("sweeper")
        self._photos = photos
        self._known = known
        self._clock = clock

    def step(self) -> float:
        """Sweep once; returns after how many seconds to sweep again. Asked to stop, it lets the rest be."""
        try:
            gone = self._photos.sweep(self._known_or_stopping, self._clock() - ORPHAN_AFTER_MS)
        except StoreError as error:
            log.warning("not swept", extra={"why": str(error)})
            return EVERY_S
        if gone:
            log.info("swept", extra={"photos": gone})
        return EVERY_S

    def _known_or_stopping(self, hashes: Sequence[str]) -> Collection[str]:
        return hashes if self._stopping.is_set() else self._known(hashes)
