"""Where no time-series store is set, the forwarder that was there does not go on failing."""

import pytest

from ingest.forwarding.off import ForwardingOff
from ingest.historywatch import HistoryWatch
from linli.errors import StoreUnavailable
from tests.unit.ingest.house import House


def test_what_was_said_before_is_taken_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.store.report("forwarder", b'{"state":"refused","outlook":"lasts"}', house.now)
    assert [present for _, present, _ in HistoryWatch(house.store).findings(house.now, 0, 1)] == [True]
    off = ForwardingOff(house.store, house.clock)
    with monkeypatch.context() as away:

        def fails(*_: object) -> None:
            raise StoreUnavailable("away")

        away.setattr(house.store, "report", fails)
        assert off.step() < 60, "it comes again soon"
    assert off.step() > 3_600
    house.now += 60 * 60_000
    findings = HistoryWatch(house.store).findings(house.now, 0, 1)
    assert [present for _, present, _ in findings] == [False, False]
    assert b"LINLI_INFLUXDB_URL is not set" in house.store.reports()["forwarder"][0]
