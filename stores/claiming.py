"""What this process has claimed: held by the connection that writes, so that with it both are gone."""

from sqlalchemy.engine import Connection

from linli.errors import NotOwner
from stores.database import Database

_CLAIMED = "claimed"


class Claiming:
    """Claims of one process. linli.ports.claims says what they mean."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claimed: frozenset[str] = frozenset()
        self._terms: dict[frozenset[str], int] = {}

    def claim(self, shares: frozenset[str]) -> int:
        """Own all of these, or none: then 0. Another number than before when they had to be taken anew."""
        with self._database.writing() as connection:
            anew = bool(shares - _held(connection))
            got = self._take(connection, shares)
        if not got:
            self._claimed -= shares
            return 0
        self._claimed |= shares
        self._terms[shares] = self._terms.get(shares, 0) + anew
        return self._terms[shares]

    def check(self, connection: Connection) -> None:
        """Raises NotOwner when this transaction is on another connection than the one that claimed."""
        if not self._claimed <= _held(connection):
            raise NotOwner("the connection that held this ingest's share is gone; another may have taken it")

    def _take(self, connection: Connection, shares: frozenset[str]) -> bool:
        held = _held(connection)
        before = held.copy()
        for share in sorted(shares - before):
            if not self._database.claim(connection, share):
                for other in sorted(held - before):
                    self._database.release(connection, other)
                    held.discard(other)
                return False
            held.add(share)
        return True


def _held(connection: Connection) -> set[str]:
    """Lives and dies with the connection, not with a transaction on it."""
    held: set[str] = connection.info.setdefault(_CLAIMED, set())
    return held
