"""Word of commits: never too late, never kept back, and nothing is held open for it."""

import threading
import time

import pytest
from sqlalchemy import text

from linli.errors import StoreUnavailable
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import LiveChange
from stores.database import Database
from stores.operational import OperationalStore, open_store
from stores.sqlite_commits import SqliteCommits
from tests.contract.samples import NOON
from tests.postgresql import RunningPostgres

LONG_S = 20.0
"""Nothing here takes so long, unless no word comes."""


def commit(store: OperationalStore, n: int = 1) -> None:
    """As another process would."""
    changes = [LiveChange("garden", "device", f"bin-{i}", b"{}", NOON) for i in range(n)]
    store.commit(CommitGroup(changes=changes), store.operator_version())


@pytest.fixture
def reader(store: OperationalStore, store_url: str) -> Database:
    """Another process's hand on the same store."""
    return Database(store_url)


def test_word_comes_of_what_is_committed_while_it_is_waited_for(
    store: OperationalStore, reader: Database
) -> None:
    commits = reader.commits()
    assert commits.wait(0), "what was before is not known"
    for _ in range(3):
        while commits.wait(0.1):
            pass
        timer = threading.Timer(0.3, commit, [store])
        timer.start()
        assert commits.wait(LONG_S)
        timer.join()
    commits.close()


def test_of_what_is_committed_between_two_waits_too(store: OperationalStore, reader: Database) -> None:
    commits = reader.commits()
    commits.wait(0)
    for _ in range(20):
        commit(store, 3)
    assert commits.wait(LONG_S)
    while commits.wait(0.1):  # one word for all of them, or one for each
        pass
    began = time.monotonic()
    assert not commits.wait(0.3), "nothing more was committed"
    assert time.monotonic() - began > 0.2
    commits.close()


def test_what_is_told_can_be_read(store: OperationalStore, store_url: str) -> None:
    """Word comes after the commit is visible, not with it."""
    other = open_store(store_url)
    commits = other.commits()
    commits.wait(0)

    def write() -> None:
        for _ in range(100):
            commit(store)

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while seen < 100:
        assert commits.wait(LONG_S)
        seen = other.change_bounds()[1]
    writer.join()
    commits.close()
    other.close()


def test_what_a_person_does_is_told(store: OperationalStore, reader: Database) -> None:
    [device] = store.devices()
    commits = reader.commits()
    commits.wait(0)
    while commits.wait(0.1):
        pass
    store.accept(device, "王敏", NOON)
    assert commits.wait(LONG_S)
    commits.close()


def test_no_transaction_is_held_open(
    store: OperationalStore, store_url: str, request: pytest.FixtureRequest
) -> None:
    reader = Database(store_url)
    commits = reader.commits()
    commits.wait(0)
    waiting = threading.Thread(target=lambda: [commits.wait(1.0) for _ in range(3)])
    waiting.start()
    time.sleep(0.2)
    try:
        if store_url.startswith("sqlite"):
            for _ in range(20):
                commit(store)
                with store.database._writer.connect() as connection:
                    [(busy, left, _)] = connection.connection.execute(
                        "PRAGMA wal_checkpoint(TRUNCATE)"
                    ).fetchall()
                assert (busy, left) == (0, 0), "a reader would keep the log from being cut"
        else:
            server: RunningPostgres = request.getfixturevalue("postgres_server")
            with server.connect(store_url.rpartition("/")[2]) as connection:
                states = connection.execute(
                    "SELECT state, xact_start FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).fetchall()
            assert states == [("idle", None)]
    finally:
        waiting.join()
        commits.close()


def test_a_session_that_was_ended_is_an_error_once(store: OperationalStore, store_url: str) -> None:
    """It is not known then what was committed in between: so it is said that something was."""
    reader = Database(store_url)
    commits = reader.commits()
    commits.wait(0)
    while commits.wait(0.1):
        pass
    if store_url.startswith("sqlite"):
        assert isinstance(commits, SqliteCommits)
        with pytest.MonkeyPatch.context() as away:
            away.setattr(commits, "_path", commits._path.with_name("gone"))
            with pytest.raises(StoreUnavailable, match="cannot be watched"):
                commits.wait(0.1)
            assert not commits._path.exists(), "no file is made"
    else:
        with store.database.writing() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            )
        with pytest.raises(StoreUnavailable, match="cannot be watched"):
            commits.wait(LONG_S)
    commit(store)
    assert commits.wait(0)
    assert not commits.wait(0.1), "it was said"
    commit(store)
    assert commits.wait(LONG_S)
    commits.close()
