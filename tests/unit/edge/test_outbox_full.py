"""An outbox without room: what it gives up, in which order, and what it says."""

import sqlite3

import pytest

from edge.errors import OutboxError
from edge.outbox import UNNUMBERED
from edge.outboxfile import open_outbox
from linli.events import Deposit, Fault, Observation, Telemetry, decode_event
from tests.unit.edge.contents import JPEG, deposit, held, reading, receipt


def test_a_photo_that_can_never_fit_is_dropped_and_counted_and_its_event_kept(outbox):
    kept = outbox.append(deposit(), b"x" * 65_536)
    assert isinstance(kept, Deposit)
    assert kept.photo_sha256 is None
    assert (outbox.held, outbox.photos_held, outbox.photos_dropped) == (1, 0, 1)
    seen = Observation(seq=UNNUMBERED, ts=1, what="item", photo_sha256="b" * 64)
    assert outbox.append(seen, b"x" * 65_536).photo_sha256 is None


def test_when_full_safety_outlives_deposits_and_deposits_outlive_telemetry(path):
    outbox = open_outbox(path, max_bytes=15_000)
    outbox.append(Fault(seq=UNNUMBERED, ts=1, code="scale"))
    outbox.append(Telemetry(seq=UNNUMBERED, ts=1, temperature_c=85.0))
    outbox.append(deposit(), b"p" * 5_000)
    for _ in range(60):
        outbox.append_all([reading()] * 5)
    kinds = [decode_event(one.body) for one in outbox.events_after(0, 1_000)]
    assert [event.seq for event in kinds[:3]] == [1, 2, 3]
    assert outbox.dropped == outbox.given - outbox.held > 0
    assert outbox.photos_held == 1
    for at in range(10):
        outbox.append(deposit(), bytes([at]) * 5_000)
    assert outbox.photos_dropped > 0
    assert {1, 2} <= set(held(outbox))
    dropped = outbox.dropped
    outbox.settle(receipt(outbox, through=3))
    assert outbox.first() > 4  # what is told about the dropped ones, so that no receipt waits for them
    outbox.close()
    again = open_outbox(path)
    assert again.dropped == dropped
    again.close()


def test_a_disk_that_is_full_refuses_and_gives_no_number(outbox):
    outbox.append(reading())
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxError, match="full"):
        outbox.append(deposit(), b"x" * 50_000)
    assert (outbox.given, outbox.held, outbox.photos_held) == (1, 1, 0)
    outbox._db.execute("PRAGMA max_page_count = 100000")
    assert outbox.append(deposit(), b"x" * 50_000).seq == 2


def test_its_file_stays_within_its_limit(path):
    limit = 3_000_000
    outbox = open_outbox(path, limit)
    for at in range(120):
        outbox.append_all([reading()] * 40)
        outbox.append(deposit(), bytes([at]) * 20_000)
        outbox.append(Fault(seq=UNNUMBERED, ts=1, code="scale"))
    outbox.settle(receipt(outbox, through=0))
    assert outbox.dropped > 500
    assert outbox.photos_held > 100
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    assert pages * 4_096 < 1.15 * limit
    faults = [one.seq for one in outbox.safety_after(0, 1_000)]
    assert len(faults) == 120
    outbox.close()


def test_what_is_full_says_so_until_there_is_room_again(path):
    outbox = open_outbox(path, 20_000)
    assert not outbox.full
    while not outbox.full:
        outbox.append(reading())
    assert outbox.dropped > 0
    outbox.close()
    outbox = open_outbox(path, 20_000)
    assert outbox.full
    outbox.settle(receipt(outbox, through=outbox.first() + 1))
    assert outbox.full
    outbox.settle(receipt(outbox, through=outbox.given - 5))
    assert not outbox.full
    outbox.close()


def test_of_each_worth_the_oldest_is_given_up_first(path):
    outbox = open_outbox(path, 60_000)
    for _ in range(600):
        outbox.append_all([reading(), deposit(), Fault(seq=UNNUMBERED, ts=1, code="scale")])
    kept: dict[type, list[int]] = {kind: [] for kind in (Telemetry, Deposit, Fault)}
    for one in outbox.events_after(0, 10_000):
        kept[type(decode_event(one.body))].append(one.seq)
    assert kept[Telemetry] == []  # the last of them went for a deposit
    assert kept[Deposit] == list(range(1_799 - 3 * (len(kept[Deposit]) - 1), 1_800, 3))
    assert kept[Fault] == list(range(1_800 - 3 * (len(kept[Fault]) - 1), 1_801, 3))
    assert outbox.dropped == outbox.given - outbox.held
    outbox.close()


def test_after_a_rollback_what_was_not_given_up_after_all_can_be(path):
    outbox = open_outbox(path, 20_000)
    while not outbox.full:
        outbox.append(reading())
    before = outbox.held
    outbox._db.set_authorizer(
        lambda action, table, *_: (
            sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_UPDATE and table == "life" else sqlite3.SQLITE_OK
        )
    )
    with pytest.raises(OutboxError):
        outbox.append(deposit(), b"p" * 15_000)
    outbox._db.set_authorizer(None)
    assert outbox.held == before
    outbox.append(deposit(), b"p" * 15_000)
    assert outbox.photos_held == 1
    assert outbox.held < before / 2
    outbox.close()


def test_an_outbox_survives_a_rollback_in_the_middle(outbox):
    outbox.append(reading())
    outbox._db.set_authorizer(
        lambda action, table, *_: (
            sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_UPDATE and table == "life" else sqlite3.SQLITE_OK
        )
    )
    with pytest.raises(OutboxError):
        outbox.append(deposit(), JPEG)
    outbox._db.set_authorizer(None)
    assert (outbox.given, outbox.held, outbox.photos_held) == (1, 1, 0)
    assert outbox.append(reading()).seq == 2
