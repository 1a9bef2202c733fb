import pytest

from ingest.forwarding.forward import Forwarder
from ingest.metrics import Metrics
from tests.unit.ingest.house import House
from tests.unit.ingest.series import Series


@pytest.fixture
def series() -> Series:
    return Series()


@pytest.fixture
def forwarder(house: House, series: Series) -> Forwarder:
    return Forwarder(house.store, series, Metrics(), house.clock, seed=1)
