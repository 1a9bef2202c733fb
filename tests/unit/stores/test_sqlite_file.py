"""The database's file under a running store: nothing is called kept that went into a deleted file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linli.errors import StoreUnavailable
from linli.ports.commit_group import CommitGroup
from stores.operational import FILE, OperationalStore, open_store, sqlite_url
from stores.sqlite import file_of
from tests.contract.samples import INVENTORY, NOON, telemetry


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationalStore]:
    opened = open_store(sqlite_url(tmp_path))
    opened.seed(INVENTORY, NOON)
    keep(opened, 1, opened.operator_version())
    yield opened
    opened.close()


def keep(store: OperationalStore, seq: int, version: int) -> None:
    store.commit(CommitGroup(events=[telemetry(seq, NOON + seq, fill_pct=1.0)]), version)


def deleted(folder: Path) -> None:
    for file in folder.glob(f"{FILE}*"):
        file.unlink()


def moved(folder: Path) -> None:
    (folder / FILE).rename(folder / "elsewhere.db")


def replaced(folder: Path) -> None:
    shutil.copy(folder / FILE, folder / "copy.db")
    (folder / "copy.db").replace(folder / FILE)


def without_its_log(folder: Path) -> None:
    (folder / f"{FILE}-wal").unlink()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (deleted, "was deleted or moved away"),
        (moved, "was deleted or moved away"),
        (replaced, "was replaced by another file"),
        (without_its_log, "linli.db-wal was deleted"),
    ],
)
def test_nothing_is_kept_in_a_file_that_is_gone(
    store: OperationalStore, tmp_path: Path, change: Callable[[Path], None], says: str
) -> None:
    version = store.operator_version()
    change(tmp_path)
    for seq in (2, 3):
        with pytest.raises(StoreUnavailable, match=says):
            keep(store, seq, version)


def test_a_file_that_goes_during_the_transaction_is_seen_before_its_commit(
    store: OperationalStore, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnavailable, match="was deleted"), store.database.writing():
        deleted(tmp_path)


def test_a_file_that_is_back_is_the_store_again(store: OperationalStore, tmp_path: Path) -> None:
    version = store.operator_version()
    moved(tmp_path)
    with pytest.raises(StoreUnavailable):
        keep(store, 2, version)
    (tmp_path / "elsewhere.db").rename(tmp_path / FILE)
    keep(store, 2, version)
    assert store.totals()["events"] == 2


def test_what_is_read_is_no_deleted_file_and_no_empty_one_is_made(
    store: OperationalStore, tmp_path: Path
) -> None:
    deleted(tmp_path)
    store.database.close()  # the next connection would make a file
    with pytest.raises(StoreUnavailable, match="was deleted"):
        store.totals()
    with pytest.raises(StoreUnavailable, match="was deleted"):
        keep(store, 2, 0)
    assert list(tmp_path.glob(f"{FILE}*")) == []


def test_a_checkpoint_and_a_second_hand_do_not_look_like_another_file(
    store: OperationalStore, tmp_path: Path
) -> None:
    version = store.operator_version()
    other = open_store(sqlite_url(tmp_path))
    with other.database.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM events")
    other.close()
    keep(store, 2, version)
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    keep(store, 3, version)
    assert store.totals()["events"] == 3


def test_the_file_of_a_url(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert file_of(f"sqlite:///{tmp_path}/link/linli.db") == tmp_path / "real" / "linli.db"
    assert file_of(sqlite_url(tmp_path)) == tmp_path / FILE
    assert file_of("postgresql://somewhere/linli") is None
    assert file_of("sqlite://") is None
    assert file_of("nonsense") is None
