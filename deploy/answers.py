"""What the API answers about one community, read as anyone would read it: over HTTP, page by page."""

import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from deploy import readiness
from deploy.errors import DeployError

PAGE = 500

T = TypeVar("T")


class Totals(msgspec.Struct, frozen=True):
    """Rows in all."""

    events: int
    deposits: int
    photos: int = 0
    dead_letters: int = 0
    forward_lag: int = 0


class Ledger(msgspec.Struct, frozen=True):
    """What was received of one epoch of a device."""

    device: str
    epoch: str
    received: int
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    missing: int = 0


class Alert(msgspec.Struct, frozen=True):
    """An alert that fired, and may be over."""

    device: str
    kind: str
    resolved_ms: int | None = None
    compartment: str | None = None


class Deposit(msgspec.Struct, frozen=True):
    """A stored deposit and its verdict."""

    device: str
    epoch: str
    seq: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that is compared with the truth."""

    totals: Totals
    ledgers: list[Ledger]
    alerts: list[Alert]
    deposits: list[Deposit]


class Api:
    """The API of a running linli."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._token = token

    def get(self, path: str) -> Any:
        """The JSON at this path. Raises DeployError."""
        return readiness.get_json(f"{self._url}{path}", self._token)

    def totals(self) -> Totals:
        return _as(Totals, self.get("/api/v1/totals"))

    def compliance(self, community: str) -> Any:
        return self.get(
            f"/api/v1/compliance?{urllib.parse.urlencode({'community': community, 'by': 'building'})}"
        )

    def answers(self, community: str) -> Answers:
        """Raises DeployError."""
        return Answers(
            self.totals(),
            [_as(Ledger, item) for item in self._items("ledger", community)],
            [_as(Alert, item) for item in self._items("alerts", community)],
            [_as(Deposit, item) for item in self._items("deposits", community)],
        )

    def _items(self, what: str, community: str) -> Iterator[Any]:
        path: str | None = f"/api/v1/{what}?{urllib.parse.urlencode({'community': community, 'limit': PAGE})}"
        while path is not None:
            page = self.get(path)
            yield from page["items"]
            path = page.get("next")


def _as(shape: type[T], value: Any) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise DeployError(f"the API's answer is no {shape.__name__}: {error}") from error
