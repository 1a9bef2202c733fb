"""A store that is only looked at while linli works on it: nothing is made, synced, checkpointed or locked.

Each look has a connection of its own: none outlives a power cut, and none is there when a process is forked.
"""

from typing import Any

from sqlalchemy import NullPool, create_engine, make_url

from linli.errors import StoreError
from linli.ports.alert_rows import AlertChange
from linli.ports.rows import EventRow, LiveChange
from linli.seqs import SeqSet
from stores import sqlite
from stores.database import Database, _kind
from stores.operational import OperationalStore

ALL = 1_000_000


class _Looked(Database):
    """stores.Database without its writer: that one would take part in SQLite's checkpoints."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._kind = _kind(self.url)
        if self._kind is sqlite:
            url = f"sqlite:///file:{self.url.database}?mode=ro&uri=true"
        style = "qmark" if self._kind is sqlite else "format"
        self._writer = self._readers = create_engine(url, poolclass=NullPool, paramstyle=style)
        self.dialect = self._readers.dialect


class Look:
    """What another process sees of the store just now. None: it cannot be asked just now."""

    def __init__(self, url: str) -> None:
        self._store = OperationalStore(_Looked(url))

    def settled(self, community: str, device: str, epoch: str) -> SeqSet | None:
        ledger = self._ask("ledger", community, device)
        if ledger is None:
            return None
        return next((row.settled for row in ledger if row.epoch == epoch), SeqSet())

    def duplicates(self) -> int | None:
        ledger = self._ask("ledger")
        return sum(row.duplicate for row in ledger) if ledger is not None else None

    def letters(self, saying: bytes) -> int | None:
        """Dead letters with these bytes in what was refused."""
        letters = self._ask("dead_letters", None, ALL)
        return sum(saying in each.raw for each in letters) if letters is not None else None

    def changes(self) -> list[LiveChange]:
        return self._ask("changes_after", 0, ALL) or []

    def events(self) -> list[EventRow]:
        return self._ask("events_after", 0, ALL) or []

    def alert_changes(self) -> list[AlertChange]:
        return [change for change, _ in self._ask("alert_changes_after", 0, ALL) or []]

    def _ask(self, question: str, *about: object) -> Any:
        try:
            return getattr(self._store, question)(*about)
        except StoreError:
            return None
