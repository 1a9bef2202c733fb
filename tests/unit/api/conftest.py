"""A filled store, and the real server over it on a free port."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx
import pytest

from api.__main__ import Server, serve
from api.app import create_app
from api.settings import Settings
from stores.operational import OperationalStore, open_store, sqlite_url
from stores.photos import PhotoFolder
from tests.unit.api.filling import Filling
from tests.unit.api.hour import busy_hour
from tests.unit.api.neighbourhood import NOW


@dataclass
class Site:
    """A running API, a client of it, and a second hand on its store, as ingest has one."""

    url: str
    client: httpx.Client
    store: OperationalStore
    server: Server
    data: Path

    def filling(self) -> Filling:
        return Filling(self.store, PhotoFolder(self.data / "photos"), seqs={"bin-1": 100_000})


Serve = Callable[..., Site]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a busy hour in it. Copy it before you change it."""
    data = tmp_path_factory.mktemp("filled")
    store = open_store(sqlite_url(data))
    busy_hour(Filling(store, PhotoFolder(data / "photos")))
    store.close()
    return data


@contextmanager
def running(data: Path, **settings: object) -> Iterator[Site]:
    chosen = Settings(data_dir=str(data), api_port=0, **settings)  # type: ignore[arg-type]
    app = create_app(chosen, clock=lambda: NOW)
    server = serve(app, chosen)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server ended at its start"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = open_store(chosen.database_url or sqlite_url(data))
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
            yield Site(url, client, store, server, data)
    finally:
        store.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def start(filled: Path, tmp_path: Path) -> Iterator[Serve]:
    """Starts a server over a copy of the filled store, with the settings given."""
    with ExitStack() as stack:

        def begin(**settings: object) -> Site:
            data = tmp_path / f"data-{len(list(tmp_path.iterdir()))}"
            shutil.copytree(filled, data)
            return stack.enter_context(running(data, **settings))

        yield begin


@pytest.fixture
def site(start: Serve) -> Site:
    """A server whose store a test may change."""
    return start()


@pytest.fixture(scope="session")
def reading(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests that only read, and a client that remembers nothing from one to the next."""
    data = tmp_path_factory.mktemp("reading") / "data"
    shutil.copytree(filled, data)
    with running(data) as one:
        one.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield one
