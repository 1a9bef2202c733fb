"""Which communities are this ingest's, where several share the work on one store.

Those with the same list stand by for each other: one owns all of it, the others ask again every second. A
list with a community that another list's owner has waits as well. What is to be done once for all (DUTIES)
falls to one of the owners.
"""

import logging

from linli.errors import InvalidSetting
from linli.identifiers import is_name
from linli.ports.claims import DUTIES, EVERYTHING, Claims
from linli.topics import UPWARD, subscriptions

log = logging.getLogger("ingest.ownership")


class Ownership:
    """`term` and `has_duties` are as of the last `step`; every commit is checked besides."""

    def __init__(self, store: Claims, communities: str) -> None:
        """`communities`: names, separated by commas; "" is everything. Raises InvalidSetting."""
        names = [name for name in (part.strip() for part in communities.split(",")) if name]
        for name in names:
            if not is_name(name):
                raise InvalidSetting(f"LINLI_COMMUNITIES: {name!r} is no name of a community")
        self._store = store
        self._name = ",".join(sorted(names))
        self.share = frozenset(names or [EVERYTHING])
        self.term = 0
        """Which time it is that we own it; 0 while we do not."""
        self.has_duties = False
        self._waits = False

    @property
    def filters(self) -> list[str]:
        """The topics to subscribe to."""
        if self.is_whole:
            return subscriptions(UPWARD)
        return [topic for name in sorted(self.share) for topic in subscriptions(UPWARD, name)]

    @property
    def is_whole(self) -> bool:
        """Whether it is everything."""
        return EVERYTHING in self.share

    def holds(self, community: str) -> bool:
        """Whether it is in our share, be it ours now or not."""
        return self.is_whole or community in self.share

    @property
    def report(self) -> str:
        """Under which name this ingest reports."""
        return f"ingest:{self._name}" if self._name else "ingest"

    def step(self) -> int:
        """Claim, or see that it is still ours; returns `term`. Raises StoreUnavailable; then nothing
        changes.
        """
        term = self._store.claim(self.share)
        has_duties = bool(term and self._store.claim(frozenset({DUTIES})))
        before, self.term, self.has_duties = self.term, term, has_duties
        if term not in {0, before}:
            log.info("took over", extra={"share": sorted(self.share)})
        elif before and not term:
            log.warning("another ingest has taken it", extra={"share": sorted(self.share)})
        elif not term and not self._waits:
            log.info("standing by: another ingest owns some of it", extra={"share": sorted(self.share)})
        self._waits = not term
        return term
