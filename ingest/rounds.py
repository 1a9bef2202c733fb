"""What is looked at once a second, though no message came: the operator's hand, silence, the charts."""

import logging
from collections.abc import Callable
from functools import partial

from ingest.draft import Draft
from ingest.historywatch import judge
from ingest.parts import Parts
from linli.errors import StoreRefused

log = logging.getLogger("ingest.rounds")


class Rounds:
    """`note` is given what was committed."""

    def __init__(self, parts: Parts, note: Callable[[Draft], None]) -> None:
        self._parts = parts
        self._note = note
        self._watched = 0
        """The reading of memory whose devices presence watches."""

    def go(self, now: int, steady: int) -> None:
        """One round, by the wall and the steady clock, ms. Raises StoreUnavailable."""
        parts = self._parts
        if not parts.memory.loaded or parts.store.operator_version() != parts.memory.version:
            parts.memory.load()
        if parts.memory.loads != self._watched:  # a commit group may have read it anew as well as we
            parts.presence.watch(parts.memory.devices, parts.memory)
            self._watched = parts.memory.loads
        self._look_for_silence(now, steady)
        self._look_at_history(now, steady)
        parts.store.report(
            parts.ownership.report, parts.metrics.report(parts.mqtt, parts.inbox, parts.memory), now
        )

    def _look_for_silence(self, now: int, steady: int) -> None:
        parts = self._parts
        due = parts.presence.due(parts.memory, now, steady)
        if not due:
            return
        parts.memory.fetch_states(due)
        try:
            self._note(parts.committer.write(partial(parts.presence.judge, due)))
        except StoreRefused as error:  # looked at again in half a minute
            log.warning("presence was not written", extra={"devices": len(due), "why": str(error)})

    def _look_at_history(self, now: int, steady: int) -> None:
        parts = self._parts
        findings = parts.history.findings(now, steady, parts.memory.loads)
        if not findings:
            return
        try:
            self._note(parts.committer.write(partial(judge, findings)))
        except StoreRefused as error:
            log.warning("an alert about the history was not written", extra={"why": str(error)})
        else:
            parts.history.told(findings)
