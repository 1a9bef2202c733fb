"""What the feed reads of the store, and whom it wakes, however many listen."""

import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from api import live
from linli.errors import StoreUnavailable
from linli.ports.rows import LiveChange
from tests.unit.api.changes import change, commit
from tests.unit.api.conftest import Site
from tests.unit.api.listening import listening
from tests.unit.api.neighbourhood import NOW


def test_many_clients_cost_one_reader(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = site.server.config.app
    store, asked = app.state.services.store, Counter[str]()
    ask = store.changes_after

    def counted(*args: Any, **kwargs: Any) -> Any:
        asked["changes_after"] += 1
        return ask(*args, **kwargs)

    start = site.store.change_bounds()[1]
    ears = []
    with httpx.Client(base_url=site.url, trust_env=False, limits=httpx.Limits(max_connections=50)) as client:
        with ExitStack() as stack:
            ears = [stack.enter_context(listening(client)) for _ in range(30)]
            for ear in ears:
                ear.until(start)
            time.sleep(0.5)
            monkeypatch.setattr(store, "changes_after", counted)
            began, end = time.monotonic(), 0
            for n in range(20):
                end = commit(site, change(n))
                time.sleep(0.05)
            for ear in ears:
                ear.until(end)
            took = time.monotonic() - began
            monkeypatch.undo()
        assert all(ear.ids() == list(range(start + 1, end + 1)) for ear in ears)
    assert asked["changes_after"] <= 2 * 20 + took / live.LOOK_AT_LEAST_EVERY_S + 5, "one reader, not thirty"


def test_a_commit_wakes_the_feed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_AT_LEAST_EVERY_S", 60.0)
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        for n in range(5):
            ear.until(commit(site, change(n)), 30)
            time.sleep(0.3)  # nothing is under way: it can only be woken


def test_nothing_listens_for_commits_when_nobody_listens_here(site: Site) -> None:
    app: Any = site.server.config.app
    commits = app.state.services.feed._commits
    with listening(site.client) as ear:
        ear.wait(lambda: commits._connection is not None)
    ends = time.monotonic() + 15
    while commits._connection is not None:
        assert time.monotonic() < ends, "its session stays"
        time.sleep(0.02)


def test_levels_wait_for_each_other_and_nothing_else_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LEVELS_WAIT_S", 60.0)
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        start = commit(site, LiveChange("garden", "deposit", "k", b"{}", NOW))
        ear.until(start, 30)  # the feed reads: what comes before it does is read by each client itself
        commit(site, change(1), change(2))
        time.sleep(0.5)
        assert ear.ids() == [start]
        end = commit(site, LiveChange("garden", "deposit", "k", b"{}", NOW))
        ear.until(end, 30)
        assert ear.ids() == list(range(start, end + 1)), "in order, and all that waited"


def test_however_many_listen_waking_them_leaves_time_for_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WAKE_S", 0.5)
    with (
        listening(site.client) as ear,
        httpx.Client(base_url=site.url, trust_env=False) as other,
        listening(other),
    ):
        ear.wait(lambda: ear.events)
        chunks, end, began = [], 0, time.monotonic()
        for n in range(20):
            end = commit(site, LiveChange("garden", "deposit", str(n), b"{}", NOW))
            time.sleep(0.05)
            chunks.append(len(ear.ids()))
        wakings = (time.monotonic() - began) / (2 * live.WAKE_S)
        assert len(set(chunks)) <= wakings + 3, "twenty commits, two clients: once a second"
        ear.until(end, 30)


def test_the_feed_goes_on_when_the_store_was_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY_S", 0.2)
    app: Any = site.server.config.app
    commits, times = app.state.services.feed._commits, Counter[str]()
    wait = commits.wait

    def fails(seconds: float) -> bool:
        times["asked"] += 1
        if times["asked"] < 4:
            raise StoreUnavailable("away")
        return bool(wait(seconds))

    monkeypatch.setattr(commits, "wait", fails)
    start = site.store.change_bounds()[1]
    with listening(site.client) as ear:
        ear.wait(lambda: times["asked"] >= 2)
        end = commit(site, change(1), change(2))
        ear.until(end)
        ear.wait(lambda: times["asked"] > 4)
        end = commit(site, change(3))
        ear.until(end)
        assert ear.ids() == list(range(start + 1, end + 1))
