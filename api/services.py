"""What the routes work with, made once by `create_app` and asked for by `Depends`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from api.live import Feed
from api.settings import Settings
from linli.ports.history import History
from linli.ports.operational import Operator, Reader
from linli.ports.photos import PhotoStore


class Store(Reader, Operator, Protocol):
    """The operational store as the API sees it."""


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the live feed, and the clock (ms UTC)."""

    settings: Settings
    store: Store
    photos: PhotoStore
    history: History
    feed: Feed
    clock: Callable[[], int]

    def forward_lag(self) -> int | None:
        """Stored events that InfluxDB does not have yet; None when none is set. Raises StoreUnavailable."""
        return self.store.forward_lag() if self.settings.influxdb_url else None


def services(request: Request) -> Services:
    """The services of the running app."""
    return cast("Services", request.app.state.services)


At = Annotated[Services, Depends(services)]
