"""Whether photos can be written, looked at before one comes: a full disk is said in words, not found out."""

import logging
import threading
from collections.abc import Callable

import msgspec

from linli.errors import StoreError, StoreUnavailable
from linli.ports.operational import IngestStore
from linli.ports.photos import PhotoStore

log = logging.getLogger("ingest.photowatch")

EVERY_S = 10.0


class PhotoWatch(threading.Thread):
    """Looks every few seconds and reports, until `stop`."""

    def __init__(self, photos: PhotoStore, store: IngestStore, clock: Callable[[], int]) -> None:
        super().__init__(name="photowatch", daemon=True)
        self._photos = photos
        self._store = store
        self._clock = clock
        self._stopping = threading.Event()
        self.trouble = ""
        """Why photos cannot be written, or empty."""

    def stop(self) -> None:
        """End after the look in hand."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self.step()
            self._stopping.wait(EVERY_S)

    def step(self) -> None:
        """Look once, and report."""
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

    def _look(self) -> str:
        try:
            self._photos.check()
        except StoreUnavailable as error:
            return str(error)
        return ""
