"""Which photos are there: asked once for a whole page."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.services import Store


@dataclass(frozen=True, slots=True)
class Photos:
    """The photos a page names, and those of them that have come."""

    known: frozenset[str]

    def address(self, sha256: str) -> str:
        """Where the photo is, or empty."""
        return f"/api/v1/photos/{sha256}" if sha256 in self.known else ""

    def late(self, sha256: str) -> bool:
        """It is yet to come."""
        return bool(sha256) and sha256 not in self.known


def photos(store: Store, hashes: Iterable[str]) -> Photos:
    """Ask for all of them at once."""
    named = {sha256 for sha256 in hashes if sha256}
    return Photos(frozenset(store.photos_known(named)) if named else frozenset())
