"""The live stream: in order, nothing lost and nothing twice, however a client comes and goes."""

import random
import threading
import time

import httpx
import pytest
from sqlalchemy import text

from api import live
from api.recent import PAGE
from api.routes import stream
from linli.ports.rows import LiveChange
from tests.unit.api.changes import change, commit
from tests.unit.api.conftest import Site
from tests.unit.api.listening import listening
from tests.unit.api.neighbourhood import HEAT, NOW


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


def test_a_long_backlog_is_read_in_pages(site: Site) -> None:
    start = site.store.change_bounds()[1]
    end = commit(site, *(change(n) for n in range(PAGE * 2 + 77)))
    with listening(site.client, last_id=start) as ear:
        ear.until(end)
        assert ear.ids() == list(range(start + 1, end + 1))


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
