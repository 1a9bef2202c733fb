"""What survives: kill -9 of the writer, a second process, a full disk, two that start at once."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from linli.errors import StoreRefused, StoreUnavailable
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import CountRow, LiveChange
from stores.operational import OperationalStore, open_store, sqlite_url
from tests.contract.samples import INVENTORY, NOON, hours, ledger, telemetry

REPOSITORY = Path(__file__).parents[2]

# Commits groups of 20 for ever, and prints the last number of each after it has been committed.
WRITER = """
import sys
from stores.operational import open_store
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import CountRow
from tests.contract.samples import hours, ledger, telemetry
store = open_store(sys.argv[1])
version = store.operator_version()
last = store.totals()["events"]
while True:
    events = [telemetry(last + n) for n in range(1, 21)]
    last += 20
    counts = [CountRow("garden", "b1", "", "kitchen", "2026-11-24", "correct", 20, 5.0)]
    row = ledger((1, last), received=last)
    store.commit(CommitGroup(events=events, hours=hours(events), ledger=[row], counts=counts), version)
    print(last, flush=True)
"""


def writer(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )


def whole(store: OperationalStore) -> int:
    """How many events there are, when all that was written with them agrees, seen at one moment."""
    with store.database.reading() as connection:

        def one(query: str) -> int:
            return int(connection.execute(text(query)).scalar() or 0)

        n = one("SELECT count(*) FROM events")
        assert one("SELECT max(seq) FROM events") == n == one("SELECT max(id) FROM events")
        assert one("SELECT received FROM ledgers") == n
        assert one("SELECT sum(deposits) FROM compliance_counts") == n
        assert one("SELECT sum(readings) FROM rollups") == n
        assert one("SELECT value FROM counters WHERE name = 'events'") == n
    return n


def test_killed_in_the_middle_it_keeps_every_committed_group(store_url: str) -> None:
    open_store(store_url).close()
    said = 0
    for groups in (3, 1, 10, 6):
        process = writer(store_url)
        assert process.stdout is not None
        for _ in range(groups):
            said = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().splitlines()
        process.wait()
        process.stdout.close()
        said = int(rest[-1]) if rest else said
        store = open_store(store_url)
        kept = whole(store)
        store.close()
        assert said <= kept <= said + 20  # the last group may be in, though nobody was told
        assert kept % 20 == 0


def test_a_reader_in_another_process_sees_whole_groups_while_they_are_written(store_url: str) -> None:
    store = open_store(store_url)
    process = writer(store_url)
    try:
        assert process.stdout is not None
        seen = [0]
        while seen[-1] < 400:
            seen.append(whole(store))
            assert seen[-1] % 20 == 0
        assert seen == sorted(seen)
        assert len(set(seen)) > 2
    finally:
        process.kill()
        process.communicate()
        store.close()


def test_an_operator_in_another_process_is_not_starved(store_url: str) -> None:
    store = open_store(store_url)
    store.seed(INVENTORY, NOON)
    process = writer(store_url)
    try:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        for n in range(10):
            store.report("api", b"{}", NOON + n)
        assert store.reports()["api"] == (b"{}", NOON + 9)
    finally:
        process.kill()
        process.communicate()
        store.close()


def group(first: int, n: int) -> CommitGroup:
    last = first + n - 1
    return CommitGroup(
        events=[telemetry(seq) for seq in range(first, last + 1)],
        hours=hours([telemetry(seq) for seq in range(first, last + 1)]),
        ledger=[ledger((1, last), received=last)],
        counts=[CountRow("garden", "b1", "", "kitchen", "2026-11-24", "correct", n, 0.0)],
    )


def limit_pages(store: OperationalStore, pages: int) -> None:
    """A disk of so many pages: what a full disk answers, SQLite answers here too."""
    with store.database.writing() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))


def test_on_a_full_disk_nothing_is_half_written_and_space_heals_it(tmp_path: Path) -> None:
    """SQLite alone: it has a page limit to stand for a full disk."""
    store = open_store(sqlite_url(tmp_path))
    version = store.operator_version()
    store.commit(group(1, 20), version)
    with store.database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    limit_pages(store, pages + 20)
    next_seq = 21
    with pytest.raises(StoreUnavailable, match="full"):  # noqa: PT012 - some commits still fit
        for _ in range(1000):
            store.commit(group(next_seq, 500), version)
            next_seq += 500
    assert whole(store) == next_seq - 1
    with pytest.raises(StoreUnavailable):  # still full, still whole
        store.commit(group(next_seq, 500), version)
    assert whole(store) == next_seq - 1
    limit_pages(store, 1_000_000)
    store.commit(group(next_seq, 500), version)
    assert whole(store) == next_seq + 499
    store.close()


def test_a_commit_that_fails_at_its_last_word_leaves_nothing(store: OperationalStore) -> None:
    store.commit(group(1, 20), store.operator_version())

    def fail(_connection: object) -> None:
        raise StoreUnavailable("the plug was pulled")

    sqlalchemy_event.listen(store.database._writer, "commit", fail)
    with pytest.raises(StoreUnavailable):
        store.commit(group(21, 20), store.operator_version())
    sqlalchemy_event.remove(store.database._writer, "commit", fail)
    assert whole(store) == 20
    store.commit(group(21, 20), store.operator_version())
    assert whole(store) == 40


def test_what_was_told_before_is_there_when_opened_again(store_url: str) -> None:
    store = open_store(store_url)
    store.seed(INVENTORY, NOON)
    store.commit(group(1, 20), store.operator_version())
    store.close()
    again = open_store(store_url)
    assert whole(again) == 20
    again.commit(group(21, 5), again.operator_version())
    assert whole(again) == 25
    assert again.inventory() == INVENTORY
    again.close()


def test_many_may_open_an_empty_store_at_once(store_url: str) -> None:
    code = "import sys; from stores.operational import open_store; open_store(sys.argv[1]).close()"
    starts = [subprocess.Popen([sys.executable, "-c", code, store_url], cwd=REPOSITORY) for _ in range(3)]
    assert [start.wait(timeout=60) for start in starts] == [0, 0, 0]
    store = open_store(store_url)
    assert whole(store) == 0
    store.close()


def test_threads_read_while_one_commits(store: OperationalStore) -> None:
    version, done = store.operator_version(), threading.Event()

    def read() -> list[int]:
        seen = []
        while not done.is_set():
            seen.append(whole(store))
        return seen

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        try:
            for start in range(1, 601, 20):
                store.commit(group(start, 20), version)
        finally:
            done.set()
        for reader in readers:
            assert reader.result() == sorted(reader.result())
    assert whole(store) == 600


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_store(sqlite_url(tmp_path / "file" / "deeper"))
    (tmp_path / "linli.db").write_bytes(b"this is no database at all, not even nearly" * 100)
    with pytest.raises(StoreUnavailable):
        open_store(sqlite_url(tmp_path))
    for url in ("no url", "sqlite://", "oracle://somewhere/x"):
        with pytest.raises(StoreRefused):
            open_store(url)


def test_live_changes_are_read_by_another_process_as_they_are_committed(store: OperationalStore) -> None:
    change = LiveChange("garden", "level", "bin-1/k1", json.dumps({"at_ms": NOON}).encode(), NOON)
    store.commit(CommitGroup(changes=[change]), store.operator_version())
    code = (
        "import sys; from stores.operational import open_store;"
        "print([c.number for c in open_store(sys.argv[1]).changes_after(0, 10)])"
    )
    url = store.database.url.render_as_string(hide_password=False)
    found = subprocess.run(
        [sys.executable, "-c", code, url], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[1]"
