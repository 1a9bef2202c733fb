"""The pruner over a real store: what its settings keep, how small its steps are, what it says of itself."""

import hashlib
import json
import os
from pathlib import Path

import msgspec
import pytest

from ingest.metrics import Metrics
from ingest.settings import Settings
from ingest.workers.pruning import DAY_MS, REST, ROWS_FIRST, ROWS_MAX, ROWS_MIN, Pruner
from linli.clock import Clock
from linli.errors import StoreUnavailable
from linli.ports.pruning import Position, Step
from tests.unit.ingest.house import House, deposit, fill, jpeg


class Time:
    """A clock that a test moves; a step of the store may be made to last."""

    def __init__(self, now_ms: int) -> None:
        self.wall_ms, self.steady_ms = now_ms, 0

    def pass_(self, ms: int) -> None:
        self.wall_ms += ms
        self.steady_ms += ms


def pruner(house: House, time: Time, **settings: int | str) -> Pruner:
    chosen = msgspec.convert({"data_dir": str(house.folder), **settings}, Settings)
    clock = Clock(lambda: time.wall_ms, lambda: time.steady_ms)
    return Pruner(chosen, house.store, house.photos, Metrics(), clock)


def work(one: Pruner, time: Time) -> None:
    """Until nothing is due."""
    for _ in range(200):
        due = any(sort.due_ms <= time.steady_ms for sort in one.sorts)
        one.step()
        if not due:
            return
    raise AssertionError("it never rests")


def test_what_is_old_goes_with_its_files_and_what_is_judged_stays(house: House) -> None:
    picture = jpeg()
    house.take(house.photo(picture))
    [file] = (house.folder / "photos").glob("*/*/*.jpg")
    os.utime(file, (house.now / 1_000, house.now / 1_000))  # the file system has a clock of its own
    house.send(deposit("battery", "hazardous"), fill(40))
    house.take(house.photo(b"no picture"))
    counts = house.store.counts("garden", ["day"])
    assert counts
    time = Time(house.now + 89 * DAY_MS)
    one = pruner(house, time)
    work(one, time)
    assert house.photos.get(hashlib.sha256(picture).hexdigest()) == picture
    assert house.store.dead_letters()
    time.pass_(2 * DAY_MS)
    work(one, time)
    assert list((house.folder / "photos").glob("*/*/*.jpg")) == [], "the file goes with its record"
    assert house.store.dead_letters() == []
    assert len(house.store.events_after(0, 10)) == 2, "raw events are kept for longer"
    time.pass_(400 * DAY_MS)
    work(one, time)
    assert house.store.events_after(0, 10) == []
    assert house.store.counts("garden", ["day"]) == counts
    said = json.loads(house.store.reports()["pruner"][0])
    assert (said["events"], said["photos"], said["dead_letters"]) == (2, 1, 1)


def test_zero_is_for_ever(house: House) -> None:
    house.send(fill(40))
    time = Time(house.now + 30_000 * DAY_MS)
    one = pruner(house, time, keep_events_days=0, keep_photos_days=0, keep_unknown_days=0)
    assert {sort.name for sort in one.sorts} == {"dead_letters", "changes"}
    work(one, time)
    assert len(house.store.events_after(0, 10)) == 1


def test_events_wait_for_influxdb_and_it_is_said(house: House) -> None:
    house.send(fill(40), fill(41))
    time = Time(house.now + 500 * DAY_MS)
    one = pruner(house, time, influxdb_url="http://127.0.0.1:1")
    work(one, time)
    assert len(house.store.events_after(0, 10)) == 2
    assert one.progress.events_held == 2
    house.store.set_cursor("influxdb", house.store.events_after(0, 10)[-1].id)
    time.pass_(60_000)
    work(one, time)
    assert house.store.events_after(0, 10) == []


def test_a_step_that_takes_long_makes_the_next_one_smaller_and_is_rested_from(house: House) -> None:
    time = Time(house.now)
    one = pruner(house, time, keep_events_days=1)
    sort = next(one for one in one.sorts if one.name == "events")
    one.sorts = [sort]
    asked: list[int] = []
    lasts_ms = 200

    def step(_at: Position, limit: int) -> Step:
        asked.append(limit)
        time.pass_(lasts_ms)
        return Step(limit, 1)

    sort.step = step
    waits = [one.step() for _ in range(6)]
    assert asked == sorted(asked, reverse=True)
    assert (asked[0], asked[-1]) == (ROWS_FIRST, ROWS_MIN)
    assert waits == [pytest.approx(REST * 0.2)] * 6, "a quarter of the time is the most it takes"
    lasts_ms = 0
    for _ in range(8):
        one.step()
    assert asked[-1] == ROWS_MAX


def test_a_store_that_is_away_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.send(fill(40))
    time = Time(house.now + 500 * DAY_MS)
    one = pruner(house, time)

    def away(*_: object, **__: object) -> Step:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        for sort in one.sorts:
            broken.setattr(sort, "step", away)
        assert one.step() >= 10
        assert (one.progress.state, one.progress.detail) == ("store away", "the disk is full")
    work(one, time)
    assert house.store.events_after(0, 10) == []


def test_a_crash_between_the_record_and_the_file_leaves_an_orphan_for_the_sweeper(house: House) -> None:
    house.take(house.photo(jpeg()))
    step, hashes = house.store.prune_photos(None, house.now + 1, 10)
    assert step.gone == len(hashes) == 1
    [file] = (house.folder / "photos").glob("*/*/*.jpg")
    assert house.photos.sweep(house.store.photos_known, 1 << 60) == 1
    assert not Path(file).exists()
