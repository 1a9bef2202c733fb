"""What ingest does when it is stopped, when its store is away, and when that refuses an event. Kills are in
the seeded runner (test_runs.py).
"""

import os
import signal
import sqlite3
import threading
import time

from tests.faults.running import assert_each_once, wait_until


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
        bins.turn()
        assert bins.held == 160  # not one receipt for what is not committed
    finally:
        release.set()
        holder.join()
    bins.drain()
    store = ingest.opened()
    assert_each_once(store, bins)
    store.close()
