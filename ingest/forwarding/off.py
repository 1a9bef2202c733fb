"""In the forwarder's place, where no time-series store is set: what it said last is not true any more."""

import logging

import msgspec

from ingest.workers.worker import Worker
from linli.clock import Clock
from linli.errors import StoreError
from linli.ports.forwarder_report import ForwarderReport, ForwarderState
from linli.ports.forwarding import ForwardStore

log = logging.getLogger("ingest.forwarding.off")

AGAIN_S = 30.0
SAID_S = 86_400.0


class ForwardingOff(Worker):
    """Says it once."""

    def __init__(self, store: ForwardStore, clock: Clock) -> None:
        super().__init__("forwarding-off")
        self._store = store
        self._clock = clock

    def step(self) -> float:
        """Returns after how many seconds to come again: soon when the store was away."""
        report = ForwarderReport(ForwarderState.OFF, "LINLI_INFLUXDB_URL is not set")
        try:
            self._store.report("forwarder", msgspec.json.encode(report), self._clock.wall())
        except StoreError as error:
            log.warning("cannot report", extra={"why": str(error)})
            return AGAIN_S
        return SAID_S
