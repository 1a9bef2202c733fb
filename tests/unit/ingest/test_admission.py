"""Names that anybody can make up are bounded, and nothing of a known device is lost for it."""

import pytest

from ingest import admission
from ingest.admission import RANGES_MAX
from ingest.commit import Committer
from ingest.pipeline import Pipeline
from tests.unit.ingest.house import EPOCH, House, fill


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "EPOCHS_A_DAY", 5)


def epoch(n: int) -> str:
    return f"epoch{n:05}"


def test_fifty_thousand_strangers_are_two_thousand_rows_and_a_count(house: House) -> None:
    count, at_once = 50_000, 2_000
    for start in range(0, count, at_once):
        batches = [house.batch(fill(10), device=f"garden/x-{n}") for n in range(start, start + at_once)]
        house.take(*batches, house.batch(fill(50, seq=1 + start // at_once)))
    devices = house.store.devices("garden")
    assert sum(not row.accepted for row in devices) == 2_000
    assert len(house.memory.devices) == len(devices)
    assert house.reasons() == {"unknown_devices": count - 2_000}
    assert len(house.store.dead_letters(limit=500)) == 500
    assert house.store.totals()["dead_letters"] <= 10_500, "listed with a cap"
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.received, row.settled.through) == (count // at_once, count // at_once)


def test_a_stranger_with_a_place_goes_on_and_one_without_is_not_settled(house: House) -> None:
    pipeline = Pipeline(house.store, house.photos, house.presence, strangers_max=1)
    house.committer = Committer(house.store, house.memory, pipeline, lambda: house.now)
    house.take(house.batch(fill(10), device="garden/early"), house.batch(fill(10), device="garden/late"))
    house.take(
        house.batch(fill(11, seq=2), device="garden/early"), house.batch(fill(10), device="garden/late")
    )
    assert {row.device: row.received for row in house.store.ledger("garden")} == {"early": 2}
    assert house.reasons() == {"unknown_devices": 2}
    assert not any("late" in topic for topic, _ in house.published), "no receipt: it sends it again"


def test_new_epochs_of_a_day_are_bounded_and_the_old_ones_go_on(house: House) -> None:
    for n in range(8):
        house.take(house.batch(fill(10), epoch=epoch(n)))
    assert len(house.store.ledger("garden", "bin-1")) == 5
    assert house.reasons() == {"epochs": 3}
    house.take(house.batch(fill(11, seq=2), epoch=epoch(0)))
    assert house.store.ledger("garden", "bin-1")[0].received == 2
    house.now += admission.DAY_MS
    house.take(house.batch(fill(10), epoch=epoch(9)))
    assert len(house.store.ledger("garden", "bin-1")) == 6


def test_gaps_are_bounded_and_filling_them_makes_room(house: House) -> None:
    def send(*seqs: int, first: int = 1) -> None:
        house.take(*(house.batch(fill(10, seq=seq), first=first) for seq in seqs))

    odd = range(1, 2 * RANGES_MAX + 40, 2)
    send(*odd)
    (row,) = house.store.ledger("garden", "bin-1")
    assert len(row.settled.ranges()) == RANGES_MAX
    assert house.reasons() == {"gaps": len(odd) - RANGES_MAX}
    refused = odd[RANGES_MAX]
    assert refused not in row.settled, "not settled: it is sent again"
    send(2, 4, refused)
    (row,) = house.store.ledger("garden", "bin-1")
    assert refused in row.settled
    send(odd[-1], first=odd[-1])
    (row,) = house.store.ledger("garden", "bin-1")
    assert row.settled.ranges() == [(1, odd[-1])], "what the device no longer has is no gap"
    assert row.received + row.dropped == odd[-1]


def test_a_long_backlog_in_order_meets_no_bound(house: House) -> None:
    events = [fill(10 + n % 80) for n in range(3 * RANGES_MAX)]
    for start in range(0, len(events), 500):
        some = enumerate(events[start : start + 500], start + 1)
        house.take(*(house.batch(event | {"seq": seq}) for seq, event in some))
    assert house.reasons() == {}
    (row,) = house.store.ledger("garden", "bin-1")
    assert (row.epoch, row.received) == (EPOCH, len(events))
