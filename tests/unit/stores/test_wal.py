"""SQLite's log stays short whatever reads beside the writer, and a reading that lasts is told so."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from linli.errors import StoreUnavailable
from linli.ports.commit_group import CommitGroup
from stores import wal
from stores.operational import FILE, OperationalStore, open_store, sqlite_url
from tests.contract.samples import INVENTORY, NOON, event

WITHIN_S = 2.0
LONG = 2 * 2**20
CHECKPOINT = 4_000 * 4_096
"""What the log holds before SQLite copies it back by itself: it is never shorter for long."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OperationalStore]:
    """One whose log is long sooner; its readers have as much time as ever."""
    monkeypatch.setattr(wal, "LOG_LONG", CHECKPOINT + LONG)
    monkeypatch.setattr(wal, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(wal, "CUT_AGAIN_S", 0.0)
    opened = open_store(sqlite_url(tmp_path))
    opened.seed(INVENTORY, NOON)
    yield opened
    opened.close()


@pytest.fixture
def hasty(
    store: OperationalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OperationalStore]:
    """Another on the same file, whose readers have less time: a slow machine may need all of it to count."""
    monkeypatch.setattr(wal, "READ_WITHIN_S", WITHIN_S)
    opened = open_store(sqlite_url(tmp_path))
    yield opened
    opened.close()


class Writer:
    """Commits a few hundred KB at a time, and looks at the log after each."""

    def __init__(self, store: OperationalStore, folder: Path) -> None:
        self.store, self.log = store, folder / f"{FILE}-wal"
        self.version, self.seq, self.longest = store.operator_version(), 0, 0

    def write(self, groups: int = 1) -> None:
        for _ in range(groups):
            body = {"kind": "observation", "what": "x" * 4_000}
            rows = [event(self.seq + n, body, at_ms=NOON) for n in range(1, 101)]
            self.seq += 100
            self.store.commit(CommitGroup(events=rows), self.version)
            self.longest = max(self.longest, wal.size(self.log))


def test_a_held_reader_is_ended_and_the_log_is_cut_back(
    store: OperationalStore, hasty: OperationalStore, tmp_path: Path
) -> None:
    writer = Writer(store, tmp_path)
    writer.write()
    held, told = threading.Event(), []

    def slow_download() -> None:
        """A transaction held open, as by a client that takes its rows one a minute."""
        try:
            with hasty.database.reading() as connection:
                connection.execute(text("SELECT seq FROM events LIMIT 1")).all()
                held.set()
                time.sleep(WITHIN_S * 2)
                connection.execute(text("SELECT seq FROM events LIMIT 1")).all()
        except StoreUnavailable as error:
            told.append(str(error))
        finally:
            held.set()

    reader = threading.Thread(target=slow_download)
    reader.start()
    held.wait()
    while reader.is_alive():
        writer.write()
    reader.join()
    assert told == [f"a reading of the store took longer than {WITHIN_S:g} s: ask for less"]
    writer.write(60)
    assert wal.size(writer.log) <= CHECKPOINT + 2 * LONG
    assert store.totals()["events"] == writer.seq


def test_a_question_that_takes_too_long_is_interrupted(hasty: OperationalStore) -> None:
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(StoreUnavailable, match="took longer"), hasty.database.reading() as connection:
        connection.execute(text(forever)).all()
    assert hasty.totals()["events"] == 0, "the connection serves the next"


def test_many_short_readers_that_overlap_do_not_starve_the_checkpoint(
    store: OperationalStore, tmp_path: Path
) -> None:
    writer, done = Writer(store, tmp_path), threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.database.reading() as connection:
                connection.execute(text("SELECT count(*) FROM events")).all()
                time.sleep(0.02)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for one in readers:
        one.start()
    try:
        writer.write(150)
    finally:
        done.set()
    for one in readers:
        one.join()
    assert writer.seq * 4_000 > 3 * (CHECKPOINT + LONG), "enough was written to fill it several times"
    assert writer.longest <= CHECKPOINT + 4 * LONG


def test_a_reader_of_somebody_else_lets_the_log_go_when_it_goes(
    store: OperationalStore, tmp_path: Path
) -> None:
    """We cannot end another program's transaction; nothing waits for it, and it leaves nothing behind."""
    hold = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN');"
        "c.execute('SELECT count(*) FROM events').fetchall(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(tmp_path / FILE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        writer = Writer(store, tmp_path)
        writer.write(70)
        assert writer.longest > CHECKPOINT + LONG, "it did hold the log"
        other.communicate(b"")
    writer.write(2)
    assert wal.size(writer.log) <= CHECKPOINT + LONG


@pytest.fixture
def others(store: OperationalStore) -> set[threading.Thread]:
    """What other stores have left running: their readers have more time."""
    return set(threading.enumerate())


def test_the_thread_that_watches_ends_when_nobody_reads(
    others: set[threading.Thread], hasty: OperationalStore
) -> None:
    hasty.totals()
    [watching] = [one for one in threading.enumerate() if one.name == "readings" and one not in others]
    watching.join(60)
    assert not watching.is_alive()
    assert hasty.totals()["events"] == 0, "the next reading is watched by a new one"
    assert [one for one in threading.enumerate() if one.name == "readings" and one not in others]
