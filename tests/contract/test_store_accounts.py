"""The ledgers in sum: by device, by community, the worst first, and page by page."""

import pytest

from linli.ports.commit_group import CommitGroup
from linli.ports.rows import LedgerRow, LedgerSum
from stores.operational import OperationalStore
from tests.contract.samples import ledger


def write(store: OperationalStore, *rows: LedgerRow) -> None:
    store.commit(CommitGroup(ledger=list(rows)), store.operator_version())


def elsewhere(device: str, *settled: tuple[int, int], received: int) -> LedgerRow:
    row = ledger(*settled, device=device, received=received)
    return LedgerRow("park", device, row.epoch, row.settled, row.received, first_ms=5, last_ms=9)


def test_each_number_is_in_one_of_four_sums(store: OperationalStore) -> None:
    write(store, ledger((1, 3), (6, 6), (9, 10), received=2, duplicate=2, dead=1, dropped=3, late=4))
    total = store.ledger_sum()
    assert (total.numbered, total.lost, total.missing) == (10, 7, 4)
    assert total.numbered == total.received + total.dead + total.dropped + total.missing


def test_the_sums_are_by_device_and_by_community(store: OperationalStore) -> None:
    write(
        store,
        ledger((1, 3), received=3),
        ledger((2, 2), epoch="q7m2c9xx", received=1),
        ledger((1, 9), device="bin-2", received=9, late=2),
        elsewhere("gate", (1, 4), received=4),
    )
    devices = store.ledger_of_devices()
    assert [(one.community, one.device, one.epochs) for one in devices] == [
        ("garden", "bin-1", 2),
        ("garden", "bin-2", 1),
        ("park", "gate", 1),
    ]
    assert devices[0].sum == LedgerSum(4, missing=1)
    assert (devices[2].first_ms, devices[2].last_ms) == (5, 9)
    communities = store.ledger_of_communities()
    assert [(one.community, one.device, one.sum) for one in communities] == [
        ("garden", "", LedgerSum(13, late=2, missing=1)),
        ("park", "", LedgerSum(4)),
    ]
    assert [one.device for one in store.ledger_of_devices("garden", "bin-2")] == ["bin-2"]


def test_what_no_whole_number_holds_is_summed_all_the_same(store: OperationalStore) -> None:
    """A device gives up as many numbers as there are, in each of a thousand epochs."""
    given_up = 2**53 - 2
    write(store, *(ledger((1, given_up), epoch=f"epoch{n:04}", dropped=given_up) for n in range(1_100)))
    assert store.ledger_sum().dropped == pytest.approx(1_100 * given_up)
    [garden] = store.ledger_of_communities()
    assert garden.epochs == 1_100
    [worst] = store.ledger_worst("garden", 3)
    assert worst.sum.lost == pytest.approx(1_100 * given_up)
    assert len(store.ledger_of_devices()) == 1


def test_pages_follow_each_other_without_a_gap(store: OperationalStore) -> None:
    epochs = [f"epoch{n:04}" for n in range(3)]
    write(
        store,
        *(ledger((1, 1), device=f"bin-{n}", epoch=epoch, received=1) for n in range(5) for epoch in epochs),
    )
    found, after = [], ("", "", "")
    while page := store.ledger(after=after, limit=4):
        found += page
        after = page[-1].community, page[-1].device, page[-1].epoch
    assert [(row.device, row.epoch) for row in found] == [(f"bin-{n}", e) for n in range(5) for e in epochs]
    devices, key = [], ("", "")
    while some := store.ledger_of_devices(after=key, limit=2):
        devices += some
        key = some[-1].community, some[-1].device
    assert [one.device for one in devices] == [f"bin-{n}" for n in range(5)]


def test_what_lost_most_comes_first(store: OperationalStore) -> None:
    write(
        store,
        ledger((1, 9), device="bin-1", received=9),
        ledger((1, 9), device="bin-2", received=8, dead=1),
        ledger((4, 9), device="bin-3", received=6),
        ledger((1, 9), device="bin-4", received=4, dropped=5),
        elsewhere("gate", (9, 9), received=1),
    )
    assert [one.device for one in store.ledger_worst("garden", 3)] == ["bin-4", "bin-3", "bin-2"]
    assert store.ledger_worst("", 1)[0].device == "gate"
