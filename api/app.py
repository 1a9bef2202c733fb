"""The one place where the API is wired together."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry

from api import pages, problems
from api.access import Gate
from api.body import Bounded
from api.headers import Headers
from api.live import Feed
from api.metrics import Requests, StoreCollector
from api.routes import (
    alerts,
    bins,
    communities,
    compliance,
    dead_letters,
    deposits,
    devices,
    health,
    ledger,
    photos,
    stream,
    telemetry,
    totals,
)
from api.services import Services
from api.settings import Settings
from stores.history import open_history
from stores.operational import open_store, store_url
from stores.photos import PhotoFolder

ROUTES = (
    devices,
    bins,
    telemetry,
    deposits,
    photos,
    alerts,
    compliance,
    ledger,
    dead_letters,
    totals,
    communities,
    stream,
    health,
)
STATIC = Path(__file__).parent / "static"

_PROBLEM = {
    "type": "urn:linli:problem:unprocessable-content",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "end must be after start",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {problems.MEDIA_TYPE: {"example": _PROBLEM}}}
    for status, text in ((422, "What was asked cannot be asked so"), ("default", "A problem (RFC 9457)"))
}


def now_ms() -> int:
    """The clock of a real process."""
    return time.time_ns() // 1_000_000


def create_app(settings: Settings, clock: Callable[[], int] = now_ms) -> FastAPI:
    """Open the stores and make the app; its end closes them.

    Raises StoreUnavailable.
    """
    data = Path(settings.data_dir)
    store = open_store(store_url(settings))
    history = open_history(
        settings.influxdb_url,
        settings.influxdb_token,
        settings.influxdb_org,
        settings.influxdb_bucket,
        store,
    )
    services = Services(settings, store, PhotoFolder(data / "photos"), history, Feed(store), clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.feed.start()
        try:
            yield
        finally:
            await services.feed.stop()
            store.close()

    app = FastAPI(
        title="linli 邻里",
        version="1",
        summary="Smart bins and cameras that a neighbourhood can act on",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        responses=PROBLEMS,
    )
    app.state.services = services
    app.state.registry = CollectorRegistry(auto_describe=False)
    app.state.registry.register(StoreCollector(services))
    for module in ROUTES:
        app.include_router(module.router)
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    # The last added is the outermost: a refusal too is counted and carries the headers.
    app.add_middleware(Bounded)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Headers)
    app.add_middleware(Requests, registry=app.state.registry)
    return app
