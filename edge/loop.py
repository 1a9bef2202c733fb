"""One thread, many devices: waits for all their sockets at once."""

import selectors
import socket
from collections.abc import Callable

from edge.publisher import Publisher
from linli.clock import Clock


class EdgeLoop:
    """Drives any number of publishers. Made in the thread that turns it; `close` it in the end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._publishers: dict[Publisher, tuple[socket.socket | None, int]] = {}

    def add(self, publisher: Publisher) -> None:
        """Serve this one from the next turn on."""
        self._publishers[publisher] = (None, 0)

    def remove(self, publisher: Publisher) -> None:
        """Serve it no more; it is not closed."""
        known, _ = self._publishers.pop(publisher)
        if known is not None:
            self._selector.unregister(known)

    def turn(self, wait_s: float) -> None:
        """Wait at most so long for a socket, serve those that are ready, then let every device do what is
        due.
        """
        self._watch()
        for key, ready in self._selector.select(wait_s):
            publisher: Publisher = key.data
            if publisher.socket() is not key.fileobj:
                continue
            if ready & selectors.EVENT_WRITE:
                publisher.writable(self._clock.steady(), self._clock.wall())
            if ready & selectors.EVENT_READ and publisher.socket() is key.fileobj:
                publisher.readable(self._clock.steady(), self._clock.wall())
        steady, wall = self._clock.steady(), self._clock.wall()
        for publisher in list(self._publishers):
            publisher.step(steady, wall)

    def run_until(self, done: Callable[[], bool], timeout_s: float, wait_s: float = 0.05) -> bool:
        """Turn until `done()`, or for so long at most; returns whether it was done."""
        deadline = self._clock.steady() + round(timeout_s * 1000)
        while not done():
            if self._clock.steady() >= deadline:
                return False
            self.turn(wait_s)
        return True

    def close(self) -> None:
        """Let go of the selector; the publishers are closed by whoever made them."""
        self._selector.close()

    def _watch(self) -> None:
        wanted = {
            publisher: (publisher.socket(), 1 + 2 * publisher.wants_write) for publisher in self._publishers
        }
        # All that is stale leaves first: a new socket may bear the number of one that was closed.
        for publisher, (known, _) in self._publishers.items():
            if known is not None and wanted[publisher][0] is not known:
                self._selector.unregister(known)
        for publisher, (sock, events) in wanted.items():
            known, watched = self._publishers[publisher]
            if sock is None:
                pass
            elif sock is not known:
                self._selector.register(sock, events, publisher)
            elif events != watched:
                self._selector.modify(sock, events, publisher)
            self._publishers[publisher] = (sock, events)
