"""Whether photos can be written, looked at before one comes: a full disk is said in words, not found out."""

import logging
from collections.abc import Callable

import msgspec

from ingest.workers.worker import Worker
from linli.errors import StoreError, StoreUnavailable
from linli.ports.operational import IngestStore
from linli.ports.photos import PhotoStore

log = logging.getLogger("ingest.workers.photowatch")

EVERY_S = 10.0


class PhotoWatch(Worker):
    """Looks every few seconds and reports, until `stop`."""

    def __init__(self, photos: PhotoStore, store: IngestStore, clock: Callable[[], int]) -> None:
        super().__init__("photowatch")
        self._photos = photos
        self._store = store
        self._clock = clock
        self.trouble = ""
        """Why photos cannot be written, or empty."""

    def step(self) -> float:
        """Look once, and report; returns after how many seconds to look again."""
        before, self.trouble = self.trouble, self._look()
        if self.trouble and not before:
            log.error("photos wait on their devices; events go on", extra={"why": self.trouble})
        elif before and not self.trouble:
            log.info("photos can be written again")
        state = "cannot be written" if self.trouble else "ok"
        body = msgspec.json.encode({"state": state, "detail": self.trouble})
        try:
            self._store.report("photos", body, self._clock())
        except StoreError as error:
            log.warning("cannot report", extra={"why": str(error)})
        return EVERY_S

    def _look(self) -> str:
        try:
            self._photos.check()
        except StoreUnavailable as error:
            return str(error)
        return ""
