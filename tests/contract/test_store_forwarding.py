"""What every operational store owes to the forwarder."""

from linli.ports.forwarding import FORWARD_CURSOR, ForwardStore
from stores.forwarding import NEAR
from stores.operational import OperationalStore
from tests.contract.groups import commit
from tests.contract.samples import NOON, deposit, deposit_event, event, telemetry


def test_it_is_a_forward_store(store: OperationalStore) -> None:
    as_port: ForwardStore = store
    assert (as_port.newest_event(), as_port.points_between(1, 100)) == (0, [])


def test_events_that_become_points_come_with_all_that_a_point_says(store: OperationalStore) -> None:
    events = [
        telemetry(1, fill_pct=7.0),
        deposit_event(2),
        event(3, {"kind": "fault", "code": "scale"}),
        event(4, {"kind": "telemetry", "fill_pct": 5.0}, device="bin-7", building=""),
        deposit_event(5),
    ]
    commit(store, events=events, deposits=[deposit(2, outcome="missorted")])
    assert store.newest_event() == 5
    bodies = [each.body for each in events]
    assert store.points_between(1, 5) == [
        (1, "telemetry", "garden", "b1", "bin-1", 1, NOON, bodies[0], None),
        (2, "deposit", "garden", "b1", "bin-1", 2, NOON, bodies[1], "missorted"),
        (5, "deposit", "garden", "b1", "bin-1", 5, NOON, bodies[4], None),
    ]
    assert [row[0] for row in store.points_between(2, 4)] == [2]
    assert store.points_between(6, 10_000) == []


def test_ranges_are_kept_until_they_are_written(store: OperationalStore) -> None:
    store.set_cursor(FORWARD_CURSOR, 0)
    commit(store, rewrite=[(1, 5), (8, 8)])
    assert store.rewrites(1) == [(1, 1, 5)]
    assert store.rewrites(10, after=1) == [(2, 8, 8)]
    store.rewritten(1)
    store.rewritten(2, (8, 8))
    assert store.rewrites(10) == [(2, 8, 8)]


def test_what_must_wait_is_a_short_list_however_long_it_goes_on(store: OperationalStore) -> None:
    for first in range(1, 3_000, 30):
        store.write_later(first, first + 10)
    assert [(first, last) for _, first, last in store.rewrites(10)] == [(1, 2_981)]
    store.write_later(2_981 + NEAR, 2_981 + NEAR + 9)
    store.write_later(2, 3)
    assert [(first, last) for _, first, last in store.rewrites(10)] == [(1, 2_981 + NEAR + 9)]
    store.write_later(100_000, 100_001)
    assert len(store.rewrites(10)) == 2


def test_forward_lag_counts_what_the_cursor_has_not_passed(store: OperationalStore) -> None:
    commit(store, events=[telemetry(seq, NOON + seq) for seq in range(1, 11)])
    assert store.behind_since() is None
    store.set_cursor(FORWARD_CURSOR, 0)
    assert (store.forward_lag(), store.behind_since()) == (10, NOON + 1 + 50)
    store.set_cursor(FORWARD_CURSOR, 8)
    assert (store.forward_lag(), store.behind_since()) == (2, NOON + 9 + 50)
    commit(store, rewrite=[(2, 3)])
    assert (store.forward_lag(), store.behind_since()) == (4, NOON + 2 + 50)
    store.set_cursor(FORWARD_CURSOR, 10)
    store.rewritten(store.rewrites(1)[0][0])
    assert (store.forward_lag(), store.behind_since()) == (0, None)


def test_where_a_time_begins_is_found_among_all_events(store: OperationalStore) -> None:
    assert store.received_from(NOON) == 1
    commit(store, events=[telemetry(seq, NOON + 10 * seq) for seq in range(1, 101)])
    at_50 = NOON + 500 + 50  # a sample is received 50 ms after it happened
    assert store.received_from(0) == 1
    assert [store.received_from(at_50 + ms) for ms in (-1, 0, 1)] == [50, 50, 51]
    assert store.received_from(NOON + 10_000) == 101
    store.prune_events(None, at_50, 1_000, forwarded=False)
    assert store.received_from(0) in range(1, 51), "what is gone is not missed"
    assert [row[0] for row in store.points_between(store.received_from(at_50), 52)] == [50, 51, 52]


def test_where_nobody_forwards_nothing_is_behind_and_nothing_piles_up(store: OperationalStore) -> None:
    commit(store, events=[telemetry(seq) for seq in range(1, 11)], rewrite=[(1, 3)])
    assert store.forward_lag() == 0
    assert store.rewrites(10) == []
    store.set_cursor(FORWARD_CURSOR, 0)  # somebody comes: all that was ever stored is to be written
    assert store.forward_lag() == 10
