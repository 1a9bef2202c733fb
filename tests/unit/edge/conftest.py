from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outboxfile import open_outbox
from tests.unit.edge.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "x.outbox")
    yield made
    made.outbox.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bin.outbox"


@pytest.fixture
def outbox(path):
    opened = open_outbox(path)
    yield opened
    opened.close()
