from ingest import acceptance
from ingest.acceptance import joined
from linli.ports.forwarding import FORWARD_CURSOR
from linli.ports.operational import AlertQuery
from tests.unit.ingest.house import NOW, deposit, fill


def test_an_unknown_device_loses_nothing_and_is_listed(house):
    house.send(fill(95), fill(96), device="garden/bin-7")
    (row,) = [d for d in house.store.devices() if d.id == "bin-7"]
    assert not row.accepted
    assert house.receipt().through == 2
    assert [event.building for event in house.store.events_after(0, 10)] == ["", ""]
    assert house.alerts() == []
    assert house.store.current() == []


def test_accepted_its_kept_events_are_folded_in_order_and_marked_for_the_forwarder(house):
    house.store.set_cursor(FORWARD_CURSOR, 0)
    house.send(fill(96, seq=2, ts=NOW - 1_000), fill(95, seq=1, ts=NOW - 2_000), device="garden/bin-7")
    house.send(fill(50), device="garden/bin-1")
    house.send(deposit("battery", "hazardous", seq=3), device="garden/bin-7")
    house.accept("bin-7", kitchen="kitchen")
    assert house.acceptance.step()
    assert not house.acceptance.step()
    assert [change[:2] for change in house.alerts()] == [("overflow", "fired"), ("missort", "fired")]
    (overflow,) = house.store.alerts(AlertQuery(kind="overflow"))
    assert overflow.fired_ms == NOW - 1_000
    assert house.store.unhoused(("garden", "bin-7"), (0, 0), 10) == []
    assert [event.building for event in house.store.events_after(0, 10)] == ["b1"] * 4
    assert [(first, last) for _, first, last in house.store.rewrites(10)] == [(1, 4)]
    assert house.store.totals()["deposits"] == 1


def test_what_comes_while_kept_events_wait_is_folded_after_them(house, monkeypatch):
    monkeypatch.setattr(acceptance, "EVENTS_A_STEP", 2)
    house.send(*[fill(91 + i, ts=NOW + i) for i in range(3)], device="garden/bin-7")
    house.accept("bin-7")
    house.send(fill(10, seq=4, ts=NOW + 10), device="garden/bin-7")
    assert house.alerts() == []
    while house.acceptance.step():
        pass
    assert [change[:2] for change in house.alerts()] == [("overflow", "fired"), ("overflow", "resolved")]
    house.send(fill(95, seq=5, ts=NOW + 20), fill(96, seq=6, ts=NOW + 30), device="garden/bin-7")
    assert len(house.alerts()) == 3


def test_a_restart_between_acceptance_and_folding_forgets_nothing(house):
    house.send(fill(95), fill(96), device="garden/bin-7")
    house.accept("bin-7")
    house.start()
    house.acceptance.step()
    assert len(house.alerts()) == 1


def test_ids_are_joined_over_small_gaps():
    assert joined([]) == []
    assert joined([5, 1, 2, 60]) == [(1, 60)]
    assert joined([1, 2, 500, 501]) == [(1, 2), (500, 501)]


def test_a_kept_event_that_cannot_be_folded_keeps_nobody_waiting(house):
    house.send(fill(95), deposit("battery", "hazardous"), fill(96), device="garden/bin-7")
    with house.sql() as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON deposits BEGIN SELECT RAISE(ABORT, 'no'); END")
    house.accept("bin-7")
    refused = [draft.refused for draft in house.acceptance.step()]
    assert [change[:2] for change in house.alerts()] == [("overflow", "fired")]
    assert house.store.unhoused_devices() == []
    assert [dict(each) for each in refused] == [{}, {"store_refused": 1}, {}]
    (letter,) = house.store.dead_letters()
    assert (letter.reason, letter.topic) == ("store_refused", "linli/v1/garden/bin-7/events")
    assert b'"item":"battery"' in letter.raw
