"""The live stream: in order, nothing lost and nothing twice, however a client comes and goes."""

import json
import random
import socket
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api import live
from api.recent import PAGE
from api.routes import stream
from linli.errors import StoreUnavailable
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import LiveChange
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.filling import HEAT, NOW
from tests.unit.api.listening import listening


def change(n: int, community: str = "garden", pad: str = "") -> LiveChange:
    return LiveChange(community, "level", f"bin-1/{n}", json.dumps({"n": n, "pad": pad}).encode(), NOW)


def commit(site: Site, *changes: LiveChange) -> int:
    """Returns the number of the last."""
    site.store.commit(CommitGroup(changes=list(changes)), site.store.operator_version())
    return site.store.change_bounds()[1]


def test_what_is_new_comes_in_order(site: Site) -> None:
    start = site.store.change_bounds()[1]
    with listening(site.client) as ear:
        ear.until(start)
        assert (ear.events[0].event, ear.events[0].data) == ("open", {"position": start})
        end = commit(site, *(change(n) for n in range(5)))
        ear.until(end)
        assert ear.ids() == list(range(start + 1, end + 1))
        assert [one.data["n"] for one in ear.events[1:]] == [0, 1, 2, 3, 4]
        assert {one.event for one in ear.events[1:]} == {"level"}


def test_an_alert_acknowledged_here_is_told(site: Site) -> None:
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        site.client.post(f"/api/v1/alerts/{HEAT}/acknowledge", json={"by": "王敏"})
        ear.wait(lambda: len(ear.events) > 1)
        assert ear.events[1].event == "alert"
        assert ear.events[1].data["acknowledged_by"] == "王敏"


def test_last_event_id_goes_before_after(site: Site) -> None:
    start = site.store.change_bounds()[1]
    with listening(site.client, f"after={start - 5}", last_id=start - 2) as ear:
        ear.until(start)
        assert ear.ids() == [start - 1, start]
    with listening(site.client, f"after={start - 5}") as ear:
        ear.until(start)
        assert ear.ids() == list(range(start - 4, start + 1))


def test_clients_that_come_and_go_miss_nothing_and_hear_nothing_twice(site: Site) -> None:
    """Four listeners hang up at random and resume by the last id they heard, while 3,000 changes come."""
    start = site.store.change_bounds()[1]
    total = 3_000
    heard: list[list[int]] = [[] for _ in range(4)]

    def listen(which: int) -> None:
        dice, last = random.Random(which), start
        with httpx.Client(base_url=site.url, trust_env=False) as client:
            while last < start + total:
                with listening(client, "community=garden", last_id=last) as ear:
                    time.sleep(dice.uniform(0.01, 0.4))
                heard[which] += ear.ids()
                last = max([last, *heard[which][-1:]])

    threads = [threading.Thread(target=listen, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    dice, sent = random.Random(9), 0
    while sent < total:
        n = min(total - sent, dice.randint(1, 90))
        commit(site, *(change(sent + i) for i in range(n)))
        sent += n
        time.sleep(dice.uniform(0, 0.02))
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    for one in heard:
        assert one == list(range(start + 1, start + total + 1))


def test_another_communitys_changes_move_the_number_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.2)
    start = site.store.change_bounds()[1]
    with listening(site.client, f"community=harbour&after={start}") as ear:
        ear.wait(lambda: ear.events)
        end = commit(site, change(1), change(2, "harbour"), change(3), change(4))
        ear.until(end)
        assert ear.ids() == [start + 2]
        ear.wait(lambda: ear.beats >= 2)


def test_a_number_that_was_pruned_is_a_gap_and_then_all_that_is_kept(site: Site) -> None:
    end = commit(site, *(change(n) for n in range(200)))
    site.store.prune_changes(50, 1_000)
    oldest = site.store.change_bounds()[0]
    assert oldest > 2
    with listening(site.client, "after=1") as ear:
        ear.until(end)
        assert [one.event for one in ear.events[:2]] == ["open", "gap"]
        assert ear.events[1].data == {"after": 1, "resumes_after": oldest - 1}
        assert ear.events[1].id == oldest - 1
        assert ear.ids() == list(range(oldest, end + 1))


def test_a_number_from_another_life_is_a_gap_too(site: Site) -> None:
    start = site.store.change_bounds()[1]
    with listening(site.client, last_id=start + 1_000_000) as ear:
        ear.wait(lambda: len(ear.events) == 2)
        assert ear.events[1].event == "gap"
        end = commit(site, change(1))
        ear.until(end)
        assert ear.ids() == [end]


def test_a_backup_put_in_the_place_of_the_store_is_a_gap_to_those_who_listen(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_AT_LEAST_EVERY_S", 0.1)
    start = site.store.change_bounds()[1]
    with listening(site.client) as ear:
        ear.until(commit(site, *(change(n) for n in range(20))))
        with site.store.database.writing() as connection:  # as the store was before the twenty
            for statement in (
                "DELETE FROM live_changes WHERE number > :start",
                "UPDATE counters SET value = :start WHERE name = 'live_change'",
            ):
                connection.execute(text(statement), {"start": start})
        ear.wait(lambda: ear.events[-1].event == "gap")
        assert ear.events[-1].data == {"after": start + 20, "resumes_after": start}
        assert commit(site, change(21)) == start + 1
        ear.wait(lambda: ear.events[-1].id == start + 1)
        assert ear.events[-1].data["n"] == 21


def test_nothing_listens_for_commits_when_nobody_listens_here(site: Site) -> None:
    app: Any = site.server.config.app
    commits = app.state.services.feed._commits
    with listening(site.client) as ear:
        ear.wait(lambda: commits._connection is not None)
    ends = time.monotonic() + 15
    while commits._connection is not None:
        assert time.monotonic() < ends, "its session stays"
        time.sleep(0.02)


def test_a_long_backlog_is_read_in_pages(site: Site) -> None:
    start = site.store.change_bounds()[1]
    end = commit(site, *(change(n) for n in range(PAGE * 2 + 77)))
    with listening(site.client, last_id=start) as ear:
        ear.until(end)
        assert ear.ids() == list(range(start + 1, end + 1))


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
        from contextlib import ExitStack

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


def test_levels_wait_for_each_other_and_nothing_else_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LEVELS_WAIT_S", 60.0)
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        start = commit(site, LiveChange("garden", "deposit", "k", b"{}", NOW))
        ear.until(start, 5)  # the feed reads: what comes before it does is read by each client itself
        commit(site, change(1), change(2))
        time.sleep(0.5)
        assert ear.ids() == [start]
        end = commit(site, LiveChange("garden", "deposit", "k", b"{}", NOW))
        ear.until(end, 5)
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
        chunks, end = [], 0
        for n in range(20):
            end = commit(site, LiveChange("garden", "deposit", str(n), b"{}", NOW))
            time.sleep(0.05)
            chunks.append(len(ear.ids()))
        assert len(set(chunks)) <= 4, "twenty commits in a second, two clients: once a second"
        ear.until(end, 5)


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


def test_there_is_room_for_so_many(site: Site) -> None:
    app: Any = site.server.config.app
    feed: live.Feed = app.state.services.feed
    feed._clients_max = 2
    with httpx.Client(base_url=site.url, trust_env=False) as client, listening(client), listening(client):
        refused = client.get("/api/v1/stream")
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "10"
    deadline = time.monotonic() + 30
    while feed.clients:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)


def test_one_address_does_not_take_all_the_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ADDRESS_MAX", 1)
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with (
        httpx.Client(base_url=site.url, trust_env=False) as client,
        httpx.Client(base_url=site.url, transport=elsewhere) as other,
        listening(client),
    ):
        assert client.get("/api/v1/stream").status_code == 503
        with listening(other) as ear:
            ear.wait(lambda: ear.events)


def test_who_hangs_up_at_once_leaves_no_place_behind(site: Site) -> None:
    app: Any = site.server.config.app
    feed = app.state.services.feed
    host, port = site.url.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as browser:
            browser.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    with listening(site.client) as ear:  # those before it have been heard
        ear.wait(lambda: ear.events)
    ends = time.monotonic() + 30
    while feed.clients:
        assert time.monotonic() < ends, f"{feed.clients} places are taken by nobody"
        time.sleep(0.05)


def test_what_some_take_for_a_line_s_end_stays_in_its_line(site: Site) -> None:
    body = '{"item":"a\u2028b\u0085c"}'
    start = site.store.change_bounds()[1]
    end = commit(site, LiveChange("garden", "level", "k", body.encode(), NOW))
    with site.client.stream("GET", f"/api/v1/stream?after={start}") as response:
        told = b""
        for chunk in response.iter_raw():
            told += chunk
            if f"id: {end}\n".encode() in told and told.endswith(b"\n\n"):
                break
    assert f"data: {body}\n".encode() in told


def test_a_client_that_does_not_read_is_dropped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_WITHIN_S", 0.5)
    app: Any = site.server.config.app
    feed: live.Feed = app.state.services.feed
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        deadline = time.monotonic() + 30
        while feed.clients == 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with listening(site.client) as ear:
            ear.wait(lambda: ear.events)
            end = 0
            for _ in range(12):
                end = commit(site, *(change(n, pad="x" * 10_000) for n in range(100)))
            ear.until(end)
            while feed.clients > 1:
                assert time.monotonic() < deadline, "it is still there"
                time.sleep(0.05)
            assert not ear.ended, "the one who reads stays"


def test_the_server_stops_though_streams_are_open(start: Serve) -> None:
    site = start()
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        site.server.should_exit = True
        ear.wait(lambda: ear.ended, 30)


def test_metrics_count_the_streams(site: Site) -> None:
    with listening(site.client) as ear:
        ear.wait(lambda: ear.events)
        with httpx.Client(base_url=site.url, trust_env=False) as other:
            assert "linli_api_streams 1.0" in other.get("/metrics").text
