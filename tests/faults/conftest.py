"""Real processes to break: a broker, ingest, and bins that obey the contract."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import RunningBroker
from tests.faults.bins import Bins
from tests.faults.running import NAMES, Ingest

StartIngest = Callable[..., Ingest]


@pytest.fixture
def start_ingest(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[StartIngest]:
    started: list[Ingest] = []

    def start(broker: RunningBroker, **settings: str) -> Ingest:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        made = Ingest(folder, broker, free_port(), **settings)
        started.append(made)
        made.start()
        return made

    yield start
    for each in started:
        each.process.stop()


@pytest.fixture
def start_bins() -> Iterator[Callable[[RunningBroker], Bins]]:
    started: list[Bins] = []

    def start(broker: RunningBroker) -> Bins:
        started.append(Bins(broker.host, broker.port, "garden", NAMES))
        return started[-1]

    yield start
    for each in started:
        each.close()
