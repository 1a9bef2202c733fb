"""Boards whose clocks are wrong, with the real edge code, a real broker, ingest and the API: all lands where
it happened, and one alert says so.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outboxfile import open_outbox
from edge.publisher import Broker, Publisher
from linli.clock import Clock
from linli.events import Deposit, Event, Telemetry
from linli.ports.rows import EventRow
from linli.waste import Kind
from stores.operational import open_store, sqlite_url
from tests.e2e.conftest import House, eventually

HOUR = 3_600_000
WITHIN_MS = 1_500
"""By how much a receipt may be underway here, where two processors do everything."""
NOBODY = Broker("127.0.0.1", 9)
COMPARTMENTS = {"kitchen": Kind.KITCHEN}


def true_ms() -> int:
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Board:
    """One bin of our own edge code; its clock is whatever the test says."""

    def __init__(self, house: House, folder: Path, wall: Callable[[], int]) -> None:
        self.wall = wall
        self.truth: list[int] = []
        """When each of its events happened, in order of their numbers."""
        self._clock = Clock(self._wall, steady_ms)
        self._loop = EdgeLoop(self._clock)
        self.outbox = open_outbox(folder / "bin-1.outbox")
        self._broker = Broker("127.0.0.1", house.site.broker_port)
        identity = Identity("garden", "bin-1", COMPARTMENTS)
        self.publisher = Publisher(identity, self.outbox, NOBODY, random.Random(1))
        self._loop.add(self.publisher)

    def _wall(self) -> int:
        return self.wall()

    def connect(self) -> None:
        """The network is there."""
        self.publisher._broker = self._broker
        assert self._loop.run_until(lambda: self.publisher.online, 20)

    def live(self, seconds: float, every_s: float = 0.05) -> None:
        """Something happens again and again, while it is on line or not."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.happens()
            self._loop.turn(every_s)

    def happens(self) -> None:
        n = len(self.truth)
        event: Event
        if n % 4 == 3:
            event = Deposit(seq=1, ts=self.wall(), compartment="kitchen", item="food_waste",
                            item_kind=Kind.KITCHEN, confidence=0.9, weight_kg=0.5)  # fmt: skip
        else:
            event = Telemetry(seq=1, ts=self.wall(), compartment="kitchen", fill_pct=float(n % 50))
        self.truth.append(true_ms())
        self.outbox.append(event)

    def drain(self) -> None:
        self.publisher.courier.flush()
        assert self._loop.run_until(lambda: self.outbox.empty, 20), f"{self.outbox.held} are held"

    def close(self) -> None:
        self.publisher.close(self._clock.wall())
        self.outbox.close()
        self._loop.close()


@pytest.fixture
def board(house: House, tmp_path: Path) -> Iterator[Board]:
    made = Board(house, tmp_path, true_ms)
    yield made
    made.close()


def stored(house: House) -> list[EventRow]:
    store = open_store(sqlite_url(house.site.data_dir))
    rows = store.events_after(0, 10_000)
    store.close()
    return sorted(rows, key=lambda row: row.seq)


def off_by(board: Board, rows: list[EventRow]) -> list[int]:
    assert [row.seq for row in rows] == list(range(1, len(board.truth) + 1)), "each once"
    times = [row.placed_ms for row in rows]
    assert times == sorted(times), "in order"
    return [abs(at - true) for at, true in zip(times, board.truth, strict=True)]


def clock_alerts(house: House) -> list[dict[str, object]]:
    found = house.api.get("/api/v1/alerts", params={"community": "garden", "kind": "clock"}).json()
    alerts: list[dict[str, object]] = found["items"] if isinstance(found, dict) else found
    return alerts


def the_day_has_them_all(house: House, board: Board) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    days = {datetime.fromtimestamp(at / 1_000, UTC).astimezone(zone).date().isoformat() for at in board.truth}
    store = open_store(sqlite_url(house.site.data_dir))
    counts = {row.day: row.deposits for row in store.counts("garden", ["day"])}
    store.close()
    assert counts.keys() <= days
    assert sum(counts.values()) == len(board.truth) // 4


def test_a_board_that_begins_in_1970_and_is_put_right(house: House, board: Board) -> None:
    booted = steady_ms() - 5_000
    board.wall = lambda: steady_ms() - booted
    board.connect()
    board.live(2.5)
    [alert] = eventually(lambda: clock_alerts(house))
    assert (alert["state"], alert["reason"], alert["pages"]) == ("firing", "absurd_stamps", False)
    for _ in range(3):  # these wait as the network puts the clock right
        board.happens()
    board.wall = true_ms
    board.live(2.5)
    board.drain()
    rows = stored(house)
    assert max(off_by(board, rows)) <= WITHIN_MS
    assert rows[-1].placed_reason == "device_clock"
    the_day_has_them_all(house, board)
    assert len(clock_alerts(house)) == 1, "it stands until the clock has been right for half an hour"


def test_a_board_without_a_network_in_1970_that_is_put_right_before_it_connects(
    house: House, board: Board
) -> None:
    booted = steady_ms() - 5_000
    board.wall = lambda: steady_ms() - booted
    board.live(6, 0.2)
    board.wall = true_ms
    board.live(1, 0.2)
    board.connect()
    board.drain()
    assert max(off_by(board, stored(house))) <= WITHIN_MS
    the_day_has_them_all(house, board)


def test_a_board_that_is_hours_ahead_until_it_is_put_right(house: House, board: Board) -> None:
    board.wall = lambda: true_ms() + 5 * HOUR
    board.live(0.5)  # nobody is there yet
    board.connect()
    board.live(2.5)
    [alert] = eventually(lambda: clock_alerts(house))
    assert (alert["state"], alert["reason"]) == ("firing", "clock_ahead")
    house.ingest.process.kill()  # nothing that is known of it is lost
    for _ in range(3):
        board.happens()
    house.start_ingest()
    board.live(1.0)
    board.wall = true_ms
    board.live(2.5)
    board.drain()
    rows = stored(house)
    assert max(off_by(board, rows)) <= WITHIN_MS
    assert {row.placed_reason for row in rows} <= {
        "by_offset", "by_learned_offset", "by_order", "device_clock"
    }  # fmt: skip
    the_day_has_them_all(house, board)
    assert len(clock_alerts(house)) == 1


def test_a_board_that_drifts(house: House, board: Board) -> None:
    """Three seconds in each, so that a test can see it."""
    began = true_ms()
    board.wall = lambda: began + (true_ms() - began) * 4
    board.connect()
    board.live(8)
    board.drain()
    off = off_by(board, stored(house))
    # Within ten seconds it is believed; past them what it says is as old as its last receipt.
    assert max(off) <= 12_000
    assert max(off[-30:]) <= 6_000
    the_day_has_them_all(house, board)
