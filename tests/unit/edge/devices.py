"""Devices in one loop at one broker, and the far end of a connection that is no broker."""

import contextlib
import random

from edge.clock import system_clock
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from linli.events import Telemetry


class Site:
    """Devices in one loop, at one broker."""

    def __init__(self, host, port, folder):
        self.broker = Broker(host, port, keepalive_s=5)
        self.folder = folder
        self.clock = system_clock()
        self.loop = EdgeLoop(self.clock)
        self.publishers: dict[str, Publisher] = {}

    def device(self, name, on_command=None):
        outbox = open_outbox(self.folder / f"{name}.outbox")
        rng = random.Random(name)
        publisher = Publisher(Identity("garden", name, model="ab" * 32), outbox, self.broker, rng, on_command)
        self.publishers[name] = publisher
        self.loop.add(publisher)
        return publisher

    def until(self, done, timeout_s=20.0):
        assert self.loop.run_until(done, timeout_s, 0.01), "it did not come to pass"

    def close(self):
        for publisher in self.publishers.values():
            publisher.close(self.clock.wall())
            publisher.courier.outbox.close()
        self.loop.close()


@contextlib.contextmanager
def greeted(site, publisher, broker):
    """The far end of a connection that was accepted, and nothing more."""
    site.until(lambda: publisher.socket() is not None)
    connection, _ = broker.accept()
    with connection:
        connection.sendall(b"\x20\x02\x00\x00")
        yield connection


def readings(outbox, n):
    outbox.append_all([Telemetry(seq=1, ts=1_000, fill_pct=5.0)] * n)
