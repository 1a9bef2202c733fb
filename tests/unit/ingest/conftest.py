from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ingest.house import House
from tests.unit.ingest.turning import Turning


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def turning(house: House) -> Turning:
    return Turning(house)
