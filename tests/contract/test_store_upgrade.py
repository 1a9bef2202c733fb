"""What an older linli has stored is there after an upgrade."""

import pytest
from sqlalchemy import text

from linli.ports.rows import CurrentRow
from stores import migrating
from stores.database import Database
from stores.operational import open_store
from tests.contract.samples import NOON


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
