"""Waiting until the broker's connection can be read or written to."""

import selectors

from ingest.broker.stream import Stream


class Watch:
    """A selector over the one stream there is; it is told anew only when what is waited for changes."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._registered: tuple[Stream, int] | None = None

    def wait(self, stream: Stream, timeout_s: float, *, read: bool, write: bool) -> bool:
        """Whether it became ready within `timeout_s`."""
        wanted = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        if self._registered != (stream, wanted):
            self.forget()
            self._selector.register(stream, wanted)
            self._registered = (stream, wanted)
        return bool(self._selector.select(timeout_s))

    def forget(self) -> None:
        """The stream is closed, or about to be."""
        if self._registered is not None:
            self._selector.unregister(self._registered[0])
            self._registered = None

    def close(self) -> None:
        """It waits no more."""
        self.forget()
        self._selector.close()
