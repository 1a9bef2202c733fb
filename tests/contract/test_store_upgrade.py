"""What an older linli has stored is there after an upgrade."""

import pytest
from sqlalchemy import text

from linli.ports.rows import CurrentRow
from linli.timing.clock import DeviceClock
from stores import migrating
from stores.database import Database
from stores.operational import open_store
from tests.contract.samples import EPOCH, NOON


def test_marks_leave_the_cursors(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(store_url)
    with monkeypatch.context() as older:
        older.setattr(migrating, "REVISION", "0003")
        migrating.migrate(database)
    kept = {"influxdb": 9, "influxdb_target": 2**60 - 1, "inventory": 77, "webhook": 3}
    with database.writing() as connection:
        for name, value in kept.items():
            connection.execute(text("INSERT INTO cursors VALUES (:n, :v)"), {"n": name, "v": value})
    database.close()
    store = open_store(store_url)
    assert (store.mark("influxdb_target"), store.mark("inventory")) == (2**60 - 1, 77)
    assert [store.cursor(name) for name in kept] == [9, 0, 0, 3]
    store.set_mark("inventory", 78)
    store.set_mark("new", 0)
    assert (store.mark("inventory"), store.mark("new"), store.mark("never")) == (78, 0, None)
    store.close()


def test_current_values_become_places(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        CurrentRow("garden", "bin-1", "", "battery_pct", 80.0, NOON, 4),
        CurrentRow("garden", "bin-1", "k1", "fill_pct", 91.5, NOON + 5, 7),
        CurrentRow("garden", "bin-1", "k1", "weight_kg", 3.25, NOON, 6),
        CurrentRow("garden", "bin-2", "k1", "fill_pct", 1.0, NOON, 1),
    ]
    database = Database(store_url)
    with monkeypatch.context() as older:
        older.setattr(migrating, "REVISION", "0001")
        migrating.migrate(database)
    with database.writing() as connection:
        for row in rows:
            connection.execute(
                text("INSERT INTO current_values VALUES (:c, :d, :p, :channel, :value, :at, :seq)"),
                {
                    "c": row.community,
                    "d": row.device,
                    "p": row.compartment,
                    "channel": row.channel,
                    "value": row.value,
                    "at": row.placed_ms,
                    "seq": row.seq,
                },
            )
    database.close()
    store = open_store(store_url)
    assert store.current() == rows
    [place] = store.places([("garden", "bin-2")])
    assert place.hour is None
    store.close()


def test_of_the_clocks_of_an_older_linli_nothing_is_known(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(store_url)
    with monkeypatch.context() as older:
        older.setattr(migrating, "REVISION", "0002")
        migrating.migrate(database)
    with database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO ledgers (community, device, epoch, settled, received, duplicate, dead, dropped,"
                " late, first_ms, last_ms, missing)"
                " VALUES ('garden', 'bin-1', :epoch, :settled, 2, 0, 0, 0, 0, 1, 2, 0)"
            ),
            {"epoch": EPOCH, "settled": b"[[1,2]]"},
        )
    database.close()
    store = open_store(store_url)
    [row] = store.ledgers([("garden", "bin-1", EPOCH)])
    assert (row.received, row.clock) == (2, DeviceClock())
    store.close()
