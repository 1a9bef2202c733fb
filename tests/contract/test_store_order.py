"""A cursor runs over the numbers that commits give out: none may appear behind one that was already seen."""

import threading

from msgspec.structs import replace

from linli.ports.commit_group import CommitGroup
from stores.operational import OperationalStore, open_store
from tests.contract.samples import INVENTORY, NOON, ledger, telemetry

WRITERS, COMMITS, EACH = 3, 40, 4


def writes(store: OperationalStore, device: str) -> None:
    version = store.operator_version()
    for at in range(COMMITS):
        seqs = range(at * EACH + 1, (at + 1) * EACH + 1)
        events = [replace(telemetry(seq), device=device) for seq in seqs]
        store.commit(CommitGroup(events=events, ledger=[ledger((1, seqs[-1]), device=device)]), version)


def test_what_one_reader_has_passed_no_other_writer_fills_in_behind_it(store_url: str) -> None:
    reader = open_store(store_url)
    reader.seed(INVENTORY, NOON)
    writers = [open_store(store_url) for _ in range(WRITERS)]
    threads = [
        threading.Thread(target=writes, args=(store, f"bin-{number}")) for number, store in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < WRITERS * COMMITS * EACH:
        more = any(thread.is_alive() for thread in threads)
        found = [row.id for row in reader.events_after(seen[-1] if seen else 0, 1_000)]
        assert found or more, "some were passed over"
        seen += found
    assert seen == list(range(1, WRITERS * COMMITS * EACH + 1))
    for store in (*writers, reader):
        store.close()
