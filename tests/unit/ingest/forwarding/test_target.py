"""A time-series store that is another, or is made anew, is filled with all that is kept."""

import pytest

from ingest.forwarding.forward import Forwarder
from ingest.forwarding.rewriting import EVENTS_AT_ONCE
from ingest.metrics import Metrics
from linli.errors import HistoryRefused
from tests.unit.ingest.forwarding.watching import until_idle
from tests.unit.ingest.house import fill
from tests.unit.ingest.series import DAY_MS


def test_a_new_store_is_filled_though_a_day_cannot_be_written_and_more_comes(house, series, forwarder):
    """What waits at the end of the range in hand does not send it back to its beginning."""
    sent = 0
    for _ in range(2 * EVENTS_AT_ONCE // 200 + 1):
        house.send(*[fill(1, seq=sent + i, ts=house.now - 2 * DAY_MS + i) for i in range(1, 201)])
        sent += 200
    forwarder.step()
    forwarder.step()
    forwarder.step()
    forwarder.close()
    series.name, series.broken = "memory/2", {house.now // DAY_MS}
    series.points.clear()
    again = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    for _ in range(8):
        sent += 1
        house.now += 100
        house.send(fill(2, seq=sent))
        again.step()
    assert series.count("telemetry") == sent - 8


@pytest.mark.parametrize("how", ["made", "another"])
def test_a_store_that_has_nothing_yet_gets_all_that_is_kept(house, series, forwarder, how):
    house.send(fill(95), fill(96), fill(10))
    forwarder.step()
    before = series.points.copy()
    if how == "made":  # somebody dropped the database
        series.missing = True
        series.trouble = HistoryRefused("database not found")
        house.send(fill(11, seq=4))
        forwarder.step()
        series.trouble = None
    else:
        series.name = "memory/2"
        series.points.clear()
        house.send(fill(11, seq=4))
        forwarder = Forwarder(house.store, series, Metrics(), house.clock, seed=1)
    until_idle(house, forwarder)
    assert before.items() <= series.points.items()
    assert [series.count(m) for m in ("telemetry", "alert")] == [4, 2]
    assert house.store.forward_lag() == 0


def test_a_store_made_anew_is_filled_though_ingest_dies_just_then(house, series, forwarder):
    house.send(fill(1))
    forwarder.step()
    forwarder.close()
    series.missing = True
    opened = series.open

    def dies(on_empty):
        on_empty()
        series.points.clear()
        series.missing = False
        raise KeyboardInterrupt

    series.open = dies
    with pytest.raises(KeyboardInterrupt):
        Forwarder(house.store, series, Metrics(), house.clock, seed=1).step()
    series.open = opened
    until_idle(house, Forwarder(house.store, series, Metrics(), house.clock, seed=1))
    assert series.count("telemetry") == 1
