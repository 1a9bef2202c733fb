"""`kill -9` in the middle of the stream: nothing is lost and nothing counted twice."""

import os
import random
import signal
import sqlite3
import threading
import time

from tests.faults.bins import Bins
from tests.faults.running import assert_each_once, wait_until


def in_the_middle(bins: Bins, seconds: float) -> None:
    """Returns while events are on their way: some have their receipts, some were only just sent."""
    end = time.monotonic() + seconds
    while time.monotonic() < end or bins.held == bins.made:
        if bins.held < 200:
            bins.make(5)
        bins.turn()
        time.sleep(0.01)
    bins.make(10)
    bins.turn()
    assert bins.held, "the kill must come in the middle"


def test_ingest_is_killed_again_and_again(broker, start_ingest, start_bins):
    ingest, bins = start_ingest(broker), start_bins(broker)
    source = random.Random(7)
    for _ in range(4):
        in_the_middle(bins, source.uniform(0.1, 0.6))
        ingest.kill()
        bins.turn()
        ingest.start()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()


def test_the_broker_is_killed_and_forgets_what_it_acknowledged(broker, start_ingest, start_bins):
    ingest, bins = start_ingest(broker), start_bins(broker)
    for _ in range(3):
        in_the_middle(bins, 0.3)
        broker.kill()
        bins.make(5)
        broker.start()
        bins.turn()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()
    assert ingest.process.running


def test_while_ingest_is_away_the_bins_hold_everything(embedded_broker, start_ingest, start_bins):
    ingest, bins = start_ingest(embedded_broker), start_bins(embedded_broker)
    bins.make(5)
    bins.drain()
    ingest.kill()
    bins.make(100)
    for _ in range(100):
        bins.turn()
        time.sleep(0.02)
    assert bins.held == 800
    ingest.start()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()


def test_a_clean_stop_finishes_the_group_in_hand(embedded_broker, start_ingest, start_bins):
    ingest, bins = start_ingest(embedded_broker), start_bins(embedded_broker)
    bins.make(50)
    bins.turn()
    time.sleep(0.1)
    os.kill(ingest.process.pid, signal.SIGTERM)
    assert ingest.process.wait(15) == 0
    assert "msg=stopped" in ingest.log
    ingest.start()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()


def test_the_store_refuses_one_event_in_the_stream(embedded_broker, start_ingest, start_bins):
    ingest, bins = start_ingest(embedded_broker), start_bins(embedded_broker)
    with sqlite3.connect(ingest.folder / "linli.db") as db:
        db.execute(
            "CREATE TRIGGER poisoned BEFORE INSERT ON events WHEN instr(new.body, 'poison') "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )
    db.close()
    bins.make(10)
    bins.bins["bin-3"].make({"kind": "fault", "code": "scale", "detail": "poison"})
    bins.make(10)
    bins.drain()
    store = ingest.opened()
    assert store.dead_letter_counts() == {"store_refused": 1}
    rows = {row.device: row for row in store.ledger("garden")}
    assert (rows["bin-3"].received, rows["bin-3"].dead) == (20, 1)
    assert all(row.received == 20 for row in rows.values())
    store.close()


def test_the_store_is_away_for_a_while(embedded_broker, start_ingest, start_bins):
    ingest, bins = start_ingest(embedded_broker), start_bins(embedded_broker)
    bins.make(10)
    bins.drain()
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        db = sqlite3.connect(ingest.folder / "linli.db", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        locked.set()
        release.wait(60)
        db.execute("ROLLBACK")
        db.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    try:
        bins.make(20)
        bins.turn()
        wait_until(lambda: "the store is away" in ingest.log, 40)
        assert bins.held == 160  # not one receipt for what is not committed
    finally:
        release.set()
        holder.join()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()
