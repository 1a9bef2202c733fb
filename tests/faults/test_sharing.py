"""Several ingests on one PostgreSQL: whoever ends, however it ends, the next one goes on."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stores.operational import OperationalStore, open_store
from tests.conftest import RunningBroker
from tests.faults.bins import Bins
from tests.faults.running import Ingest, wait_until
from tests.inventories import community_toml
from tests.postgresql import RunningPostgres

COMMUNITIES = {"garden": 11, "hill": 12}
NAMES = ["bin-1", "bin-2", "bin-3"]


def inventory() -> str:
    return "\n".join(
        community_toml(NAMES, {"kitchen": "kitchen"}, community=community) for community in COMMUNITIES
    )


class House:
    """A PostgreSQL, mosquitto, two communities of bins, and as many ingests as are started."""

    def __init__(self, folder: Path, broker: RunningBroker, url: str, port: Callable[[], int]) -> None:
        self._folder, self._broker, self._url, self._port = folder, broker, url, port
        self.bins = [
            Bins(broker.host, broker.port, community, NAMES, seed) for community, seed in COMMUNITIES.items()
        ]
        self.ingests: list[Ingest] = []
        self.store: OperationalStore = open_store(url)

    def ingest(self, communities: str = "") -> Ingest:
        folder = self._folder / f"ingest-{len(self.ingests)}"
        folder.mkdir()
        (folder / "shared.toml").write_text(inventory())
        made = Ingest(
            folder,
            self._broker,
            self._port(),
            LINLI_DATABASE_URL=self._url,
            LINLI_COMMUNITIES=communities,
            LINLI_INVENTORY=str(folder / "shared.toml"),
        )
        self.ingests.append(made)
        made.start()
        return made

    def some(self, times: int = 4) -> None:
        """Events while whatever runs runs."""
        for _ in range(times):
            for each in self.bins:
                each.make(5)
                each.turn()

    def assert_each_once(self) -> None:
        """Everything that was ever made is stored once, and so is what follows from it."""
        for each in self.bins:
            each.drain()
            ledgers = {row.device: row for row in self.store.ledger(each.community)}
            for one in each.bins.values():
                row = ledgers[one.name]
                assert (row.received, row.dead, row.dropped) == (one.given, 0, 0)
        made = sum(each.made for each in self.bins)
        events = self.store.events_after(0, made + 1)
        assert len({(e.community, e.device, e.epoch, e.seq) for e in events}) == len(events) == made
        deposits = sum(event.kind == "deposit" for event in events)
        counted = [row for community in COMMUNITIES for row in self.store.counts(community, [])]
        assert sum(row.deposits for row in counted) == deposits == self.store.totals()["deposits"]

    def close(self) -> None:
        for each in self.bins:
            each.close()
        for ingest in self.ingests:
            ingest.process.stop()
        self.store.close()


@pytest.fixture
def house(
    tmp_path: Path,
    require_server: Callable[[str], str],
    own_postgres: RunningPostgres,
    free_port: Callable[[], int],
) -> Iterator[House]:
    require_server("mosquitto")
    broker = RunningBroker("mosquitto", free_port(), tmp_path / "broker")
    broker.start()
    made = House(tmp_path, broker, own_postgres.new_database(), free_port)
    yield made
    made.close()
    broker.stop()


def test_who_stands_by_goes_on_when_the_other_is_killed(house: House) -> None:
    first, second = house.ingest(), house.ingest()
    assert "standing by" in second.log
    house.some()
    first.kill()
    house.some()
    wait_until(lambda: "took over" in second.log)
    house.some()
    first.start()
    house.some()
    second.process.stop()
    house.some()
    house.assert_each_once()


def test_two_share_the_work_and_hand_it_over(house: House) -> None:
    garden, hill = house.ingest("garden"), house.ingest("hill")
    house.some()
    by_hill = house.ingest("hill")
    hill.kill()
    house.some()
    house.assert_each_once()
    garden.process.stop()
    by_hill.process.stop()
    house.some()
    both = house.ingest("garden,hill")
    house.some()
    house.assert_each_once()
    assert "took over" in both.log


def test_one_that_stood_still_writes_nothing_that_is_anothers_by_now(
    house: House, own_postgres: RunningPostgres
) -> None:
    """Stopped while it owned everything, and its session ended by the server: it wakes up as nobody."""
    first, second = house.ingest(), house.ingest()
    house.some()
    os.killpg(first.process.pid, signal.SIGSTOP)
    with own_postgres.connect("linli_1") as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    house.some()
    wait_until(lambda: "took over" in second.log)
    house.some()
    os.killpg(first.process.pid, signal.SIGCONT)
    house.some()
    house.assert_each_once()
    wait_until(lambda: "another ingest has taken it" in first.log)


def test_the_database_is_killed_in_the_middle(house: House, own_postgres: RunningPostgres) -> None:
    house.ingest("garden"), house.ingest("hill")
    for _ in range(2):
        house.some()
        own_postgres.kill()
        house.some()
        own_postgres.start()
        house.some()
    house.store.close()
    house.assert_each_once()
