"""What an unknown device sent before somebody said where it stands: folded in order, in bounded steps."""

import logging
from functools import partial

from ingest.commit import Committer
from ingest.draft import Draft
from ingest.folding import fold
from ingest.memory import Memory
from ingest.placing import Placed
from linli.errors import StoreRefused
from linli.events import decode_event
from linli.ports.operational import DeviceKey, IngestStore
from linli.ports.rows import DeviceRow, EventRow

log = logging.getLogger("ingest.acceptance")

EVENTS_A_STEP = 500
GAP_MAX = 64
"""Ranges that are to be written again are joined over so many events that need not be."""


class Acceptance:
    """Works through the devices that were accepted, a step at a time."""

    def __init__(self, store: IngestStore, memory: Memory, committer: Committer) -> None:
        self._store = store
        self._memory = memory
        self._committer = committer

    def step(self) -> bool:
        """Fold some kept events; False when there was nothing to do. Raises StoreUnavailable."""
        if not self._memory.unplaced:
            return False
        device = min(self._memory.unplaced)
        rows = self._store.unplaced(device, (0, 0), EVENTS_A_STEP)
        if rows:
            self._fold(device, rows)
        if len(rows) < EVENTS_A_STEP:
            self._memory.unplaced.discard(device)
        return True

    def _fold(self, device: DeviceKey, rows: list[EventRow]) -> None:
        try:
            self._committer.write(partial(_fold_rows, device, rows))
        except StoreRefused:
            for row in rows:
                self._fold_alone(device, row)

    def _fold_alone(self, device: DeviceKey, row: EventRow) -> None:
        """One that cannot be folded stays stored, and must not keep the device waiting for ever."""
        try:
            self._committer.write(partial(_fold_rows, device, [row]))
        except StoreRefused as error:
            log.warning("a kept event cannot be folded", extra={"event": row.id, "why": str(error)})
            self._committer.write(lambda draft: _mark_rows(device, [row], draft))


def _fold_rows(device: DeviceKey, rows: list[EventRow], draft: Draft) -> None:
    home = _mark_rows(device, rows, draft)
    if home is not None:
        fold([_placed(device, row, home) for row in rows], draft)


def _mark_rows(device: DeviceKey, rows: list[EventRow], draft: Draft) -> DeviceRow | None:
    """Say where these events belong; returns their device, None when an operator took it back meanwhile."""
    home = draft.device(device)
    if home is None or not home.accepted:
        return None
    draft.group.placed = [(row.id, home.building) for row in rows]
    draft.group.rewrite = joined([row.id for row in rows])
    return home


def _placed(device: DeviceKey, row: EventRow, home: DeviceRow) -> Placed:
    return Placed(device, row.epoch, decode_event(row.body), row.placed_ms, row.received_ms, home)


def joined(ids: list[int]) -> list[tuple[int, int]]:
    """Ids as few inclusive ranges, joined over small gaps: writing an event again changes nothing."""
    ranges: list[tuple[int, int]] = []
    for event_id in sorted(ids):
        if ranges and event_id - ranges[-1][1] <= GAP_MAX:
            ranges[-1] = (ranges[-1][0], event_id)
        else:
            ranges.append((event_id, event_id))
    return ranges
