from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.edge.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "x.outbox")
    yield made
    made.outbox.close()
