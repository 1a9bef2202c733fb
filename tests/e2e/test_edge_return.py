"""Many devices come back in the same second, each with ten minutes in its outbox.

Real outboxes, publishers, mosquitto and ingest. `LINLI_TEST_DEVICES=2000` makes it the size of a district.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import system_clock
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outbox import UNNUMBERED
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from linli.events import Telemetry
from stores.operational import OperationalStore, open_store, sqlite_url
from tests.e2e.conftest import House, running
from tests.inventories import community_toml

DEVICES = int(os.environ.get("LINLI_TEST_DEVICES", "200"))
MINUTES, A_MINUTE = 10, 3
COMPARTMENTS = ("kitchen", "recyclable", "hazardous", "other")
EACH = MINUTES * A_MINUTE * len(COMPARTMENTS)
FIRE_AT = EACH - 5
"""The number of the hot reading, at every tenth device: well behind what the first batch holds."""
BATCHES, RAMPED = 6, 3
"""What waits at each device, and what it may have out of it: one batch, then two, then three."""


def names() -> list[str]:
    return [f"bin-{number:04d}" for number in range(DEVICES)]


def inventory(path: Path) -> Path:
    path.write_text(community_toml(names(), {name: name for name in COMPARTMENTS}))
    return path


@pytest.fixture
def district(tmp_path: Path, require_server) -> Iterator[House]:
    require_server("mosquitto")
    with running(tmp_path, "mosquitto", inventory(tmp_path / "inventory.toml")) as started:
        yield started


class Herd:
    """The devices, all of one loop."""

    def __init__(self, folder: Path, port: int) -> None:
        self.clock = system_clock()
        self.loop = EdgeLoop(self.clock)
        self.publishers = [self._device(folder, name, port) for name in names()]
        self.most_out = 0

    def _device(self, folder: Path, name: str, port: int) -> Publisher:
        outbox = open_outbox(folder / f"{name}.outbox")
        since = self.clock.wall() - MINUTES * 60_000
        hot = FIRE_AT if int(name[-4:]) % 10 == 0 else None
        readings = [
            Telemetry(
                seq=UNNUMBERED,
                ts=since + at // len(COMPARTMENTS) * 60_000 // A_MINUTE,
                compartment=COMPARTMENTS[at % len(COMPARTMENTS)],
                fill_pct=40.0,
                temperature_c=80.0 if at + 1 == hot else 21.0,
            )
            for at in range(EACH)
        ]
        outbox.append_all(readings)
        return Publisher(Identity("garden", name), outbox, Broker("127.0.0.1", port), random.Random(name))

    def come_back(self) -> None:
        """All at once, until each has a receipt for everything."""
        for publisher in self.publishers:
            self.loop.add(publisher)
        assert self.loop.run_until(self._is_home, 60 + DEVICES / 5, 0.01), "they did not come home"

    def _is_home(self) -> bool:
        windows = (
            len(window)
            for publisher in self.publishers
            for lane in (publisher.courier.events, publisher.courier.photos)
            for window in lane.windows
        )
        self.most_out = max(self.most_out, sum(windows))
        return all(publisher.courier.outbox.empty for publisher in self.publishers)

    def close(self) -> None:
        for publisher in self.publishers:
            publisher.close(self.clock.wall())
            publisher.courier.outbox.close()
        self.loop.close()


def stored_order(store: OperationalStore) -> dict[tuple[str, int], int]:
    """Where in the store each event lies, by device and number."""
    found: dict[tuple[str, int], int] = {}
    after = 0
    while rows := store.events_after(after, 5_000):
        for row in rows:
            assert (row.device, row.seq) not in found, "stored twice"
            found[row.device, row.seq] = len(found)
        after = rows[-1].id
    return found


def test_a_district_comes_back_and_nothing_is_lost_and_fires_are_heard_first(
    district: House, tmp_path: Path
) -> None:
    herd = Herd(tmp_path, district.site.broker_port)
    herd.come_back()
    counts = [publisher.counts for publisher in herd.publishers]
    herd.close()
    assert sum(each["lost"] for each in counts) == 0, "the broker dropped what it had taken"
    assert sum(each["connections"] for each in counts) == DEVICES

    store = open_store(sqlite_url(district.site.data_dir))
    order = stored_order(store)
    store.close()
    assert len(order) == DEVICES * EACH

    fires = [name for name in names() if int(name[-4:]) % 10 == 0]
    for name in fires:
        ahead = sum(order[name, seq] < order[name, FIRE_AT] for seq in range(1, EACH + 1))
        assert ahead <= 20, f"{name}: {ahead} events came before its fire"
    print(f"{DEVICES} devices, {len(order):,} events; at most {herd.most_out:,} messages were out")
    assert herd.most_out <= DEVICES * RAMPED + len(fires) < DEVICES * BATCHES
