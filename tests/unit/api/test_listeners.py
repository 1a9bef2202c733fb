"""Those who listen to the live stream: how many there may be, and how each of them goes."""

import socket
import time
from typing import Any

import httpx
import pytest

from api import live
from api.routes import stream
from tests.unit.api.changes import change, commit
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.listening import listening


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
