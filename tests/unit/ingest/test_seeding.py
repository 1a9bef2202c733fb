"""The inventory file goes into the store when it is a new one, and only then."""

import pytest

from ingest.seeding import seed
from linli.errors import InvalidInventory, InvalidSetting
from stores.operational import open_store, sqlite_url
from tests.unit.ingest.house import INVENTORY, NOW


@pytest.fixture
def store(tmp_path):
    opened = open_store(sqlite_url(tmp_path / "data"))
    yield opened
    opened.close()


def test_the_same_file_is_written_once_and_a_changed_one_again(store, tmp_path):
    file = tmp_path / "inventory.toml"
    file.write_text(INVENTORY)
    assert seed(str(file), store, NOW)
    version = store.operator_version()
    assert not seed(str(file), store, NOW)
    assert store.operator_version() == version
    file.write_text(INVENTORY + "\nhouseholds = 12\n")
    assert seed(str(file), store, NOW)
    assert store.communities()["hill"].buildings["h1"].households == 12
    assert store.operator_version() > version


def test_one_that_cannot_be_read_leaves_what_is_there_and_is_looked_at_again(store, tmp_path):
    file = tmp_path / "inventory.toml"
    file.write_text(INVENTORY)
    seed(str(file), store, NOW)
    for text, error in ((b"[communities.garden]\n", InvalidInventory), (b"\xff", InvalidSetting)):
        file.write_bytes(text)
        for _ in range(2):
            with pytest.raises(error):
                seed(str(file), store, NOW)
    assert set(store.communities()) == {"garden", "hill"}
    with pytest.raises(InvalidSetting, match=r"missing\.toml"):
        seed(str(tmp_path / "missing.toml"), store, NOW)
