import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ingest.house import EPOCH, House, fill


def ledger(house: House):
    (row,) = house.store.ledger("garden", "bin-1")
    return row


def test_an_event_that_comes_again_is_stored_once_and_answered_again(house):
    house.send(fill(10), fill(11))
    house.now += 2_000
    house.send(fill(10), fill(11))
    row = ledger(house)
    assert (row.received, row.duplicate) == (2, 2)
    assert house.store.totals()["events"] == 2
    assert len(house.published) == 2
    assert house.receipt().through == 2


def test_two_events_with_one_number_the_first_wins(house):
    house.send(fill(10, seq=1), fill(99, seq=1))
    (event,) = house.store.events_after(0, 10)
    assert b"10" in event.body
    assert ledger(house).duplicate == 1


def test_a_refused_event_is_settled_and_told_and_its_neighbours_are_kept(house):
    house.send(fill(10), {"kind": "telemetry", "fil_pct": 3}, fill(12))
    row = ledger(house)
    assert (row.received, row.dead, row.settled.ranges()) == (2, 1, [(1, 3)])
    assert [(r.seq, r.reason) for r in house.receipt().refused] == [(2, "schema")]
    assert house.reasons() == {"schema": 1}


def test_a_wrong_field_of_the_batch_itself_costs_no_event_and_no_receipt(house):
    house.send(fill(10), fill(11), firmware="2.1", sent="noon")
    row = ledger(house)
    assert (row.received, row.dead, row.settled.ranges()) == (2, 0, [(1, 2)])
    assert (house.receipt().through, house.receipt().refused) == (2, [])
    (letter,) = house.store.dead_letters()
    assert (letter.reason, letter.topic) == ("schema", "linli/v1/garden/bin-1/events")
    assert b"firmware" in letter.raw


def test_what_the_device_gave_up_is_dropped_and_settled(house):
    house.send(fill(10, seq=1))
    house.send(fill(11, seq=8), first=7)
    row = ledger(house)
    assert (row.received, row.dropped) == (2, 5)
    assert row.settled.ranges() == [(1, 6), (8, 8)]


def test_first_is_not_believed_past_the_events_beside_it(house):
    house.send(fill(10, seq=3), first=9_000_000_000_000_000)
    assert ledger(house).settled.ranges() == [(1, 3)]
    house.send(fill(11, seq=4))
    assert ledger(house).received == 2


def test_an_empty_batch_is_answered(house):
    house.send(first=5)
    row = ledger(house)
    assert (row.dropped, house.receipt().through) == (4, 4)


@pytest.mark.parametrize("largest", [10**11, 1_764_032_400_000, 2**53 - 1])
def test_numbers_far_apart_hold_up_nobody(house, largest):
    """The largest are allowed; some makers count in milliseconds."""
    house.send(first=largest)
    house.send(fill(1, seq=1), fill(2, seq=largest), device="garden/cam-1")
    house.now += 2_000
    house.send(fill(3, seq=largest))
    assert house.receipt().through == largest
    assert ledger(house).dropped == largest - 1
    (other,) = house.store.ledger("garden", "cam-1")
    assert (other.received, other.settled.ranges()) == (2, [(1, 1), (largest, largest)])
    assert house.store.totals()["events"] == 3


batches = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=8), st.integers(1, 30), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=batches)
def test_settled_is_what_was_received_refused_or_dropped_and_memory_is_the_store(sent, tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    try:
        for events, first, restart in sent:
            made = [fill(10, seq=seq) if good else {"seq": seq, "kind": "nonsense"} for seq, good in events]
            house.send(*made, first=first)
            if restart:
                house.start()
        row = ledger(house)
        assert row.settled.count == row.received + row.dead + row.dropped
        assert row.received == house.store.totals()["events"]
        assert house.memory.ledger(("garden", "bin-1", EPOCH)) == row
    finally:
        house.store.close()
