"""The migrations make the tables that the code is written for."""

import sqlite3
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from linli.errors import StoreRefused
from stores import counters, schema
from stores.migrating import SCRIPTS
from stores.operational import open_store, sqlite_url


def tables(path: Path) -> dict[str, str]:
    """Every table and index as SQLite was told it, in one spelling."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.replace("\t", " ").split()) for name, sql in rows if "alembic" not in name}


def test_the_migrations_make_the_schema(tmp_path: Path) -> None:
    open_store(sqlite_url(tmp_path)).close()
    migrated = tables(tmp_path / "linli.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    schema.metadata.create_all(engine)
    engine.dispose()
    made = tables(tmp_path / "made.db")
    assert len(made) > 25
    assert migrated == made


def test_the_code_names_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_every_counter_begins_at_nothing(tmp_path: Path) -> None:
    open_store(sqlite_url(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "linli.db")
    assert dict(connection.execute("SELECT * FROM counters")) == dict.fromkeys(counters.NAMES, 0)
    connection.close()


def test_tables_of_a_newer_linli_are_left_alone(tmp_path: Path) -> None:
    open_store(sqlite_url(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "linli.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    before = tables(tmp_path / "linli.db")
    with pytest.raises(StoreRefused, match="another linli"):
        open_store(sqlite_url(tmp_path))
    assert tables(tmp_path / "linli.db") == before
    connection.close()


def test_a_power_cut_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """No test can pull the plug; these settings are what SQLite promises it for."""
    store = open_store(sqlite_url(tmp_path))
    with store.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    store.close()
