"""Stores that are weakened."""

import importlib
from collections.abc import Callable
from typing import Any

import msgspec

from tests.faults import seams
from tests.faults.plan import Fault
from tests.faults.weakness import weak


@weak(
    "no full sync of the store",
    "ingest",
    Fault("ingest without power", stage="committed", passage=6),
    by=("lost: ", "ledger: "),
)
def _no_sync() -> None:
    writer = importlib.import_module("stores.sqlite")._WRITER
    if "PRAGMA synchronous = FULL" not in writer:
        raise seams.SeamGone("stores.sqlite._WRITER no longer asks for a full sync")
    lazy = ("PRAGMA synchronous = NORMAL", *(each for each in writer if "synchronous" not in each))
    seams.put("stores.sqlite", "_WRITER", lazy)


@weak("drops dead letters silently", "ingest", Fault("malformed"), by=("dead letters: ",))
def _drops_letters() -> None:
    seams.replace("stores.committing:Committer.bury", lambda _: lambda *_: None)


@weak(
    "commits the ledger apart from the events",
    "ingest",
    *(Fault("ingest killed", stage="written", passage=passage) for passage in (8, 10, 12)),
    by=("lost: ",),
)
def _ledger_apart() -> None:
    from linli.ports.commit_group import CommitGroup

    def make(commit: Callable[..., Any]) -> Callable[..., Any]:
        def apart(store: Any, group: Any, version: int) -> Any:
            commit(store, CommitGroup(ledger=group.ledger), version)
            return commit(store, group, version)

        return apart

    seams.replace("stores.operational:OperationalStore.commit", make)


@weak("alerts fire twice after a restart", "ingest", Fault("ingest killed anywhere", 0.55), by=("alerts: ",))
def _fires_twice() -> None:
    seams.replace("stores.operational:OperationalStore.slots", lambda _: lambda *_: [])


@weak(
    "numbers of live changes are used again", "ingest", Fault("ingest killed anywhere", 0.5), by=("live: ",)
)
def _numbers_again() -> None:
    """It counts in memory, and writes over what is there."""
    given = [0]

    def make(take: Callable[..., Any]) -> Callable[..., Any]:
        def again(counters: Any, name: str, n: int) -> Any:
            if name != "live_change":
                return take(counters, name, n)
            given[0] += n
            first = given[0] - n + 1
            counters._connection.exec_driver_sql(
                f"DELETE FROM live_changes WHERE number BETWEEN {first} AND {given[0]}"  # noqa: S608
            )
            return first

        return again

    seams.replace("stores.counters:Counters.take", make)


@weak(
    "photos are not synced",
    "ingest",
    Fault("ingest without power", stage="photo", passage=4),
    by=("photos: ",),
)
def _photos_unsynced() -> None:
    import os

    os.fsync = lambda _: None  # type: ignore[assignment]


@weak(
    "commits the counts apart from the events",
    "ingest",
    *(Fault("ingest killed", stage="written", passage=passage) for passage in (6, 8, 10, 12)),
    by=("compliance counts: ",),
)
def _counts_apart() -> None:
    from linli.ports.commit_group import CommitGroup

    def make(commit: Callable[..., Any]) -> Callable[..., Any]:
        def apart(store: Any, group: Any, version: int) -> Any:
            counts, group.counts = group.counts, []
            commit(store, group, version)
            return commit(store, CommitGroup(counts=counts), version)

        return apart

    seams.replace("stores.operational:OperationalStore.commit", make)


@weak(
    "forgets the ledgers at a restart",
    "ingest",
    Fault("ingest killed anywhere", 0.5),
    by=("ledger: ", "dead letters: "),
)
def _forgets_ledgers() -> None:
    seams.replace("stores.operational:OperationalStore.ledgers", lambda _: lambda *_: [])


@weak(
    "forgets the open hours at a restart", "ingest", Fault("ingest killed anywhere", 0.5), by=("history: ",)
)
def _forgets_hours() -> None:
    def make(places: Callable[..., Any]) -> Callable[..., Any]:
        return lambda store, keys: [msgspec.structs.replace(row, hour=None) for row in places(store, keys)]

    seams.replace("stores.operational:OperationalStore.places", make)
