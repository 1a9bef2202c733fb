"""What an unknown device sent before somebody said where it stands: folded in order, in bounded steps."""

import logging
from functools import partial

from ingest.commit import Committer
from ingest.draft import Draft
from ingest.folding import fold
from ingest.memory import Memory
from ingest.timing import Placed
from linli.errors import StoreRefused
from linli.events import decode_event
from linli.ports.operational import DeviceKey, IngestStore
from linli.ports.rows import DeviceRow, EventRow
from linli.refusal import Refusal
from linli.topics import Channel, Topic

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

    def step(self) -> list[Draft]:
        """Fold some kept events; returns what was committed for them. Raises StoreUnavailable."""
        if not self._memory.unhoused:
            return []
        device = min(self._memory.unhoused)
        rows = self._store.unhoused(device, (0, 0), EVENTS_A_STEP)
        done = self._fold(device, rows) if rows else []
        if len(rows) < EVENTS_A_STEP:
            self._memory.unhoused.discard(device)
        return done

    def _fold(self, device: DeviceKey, rows: list[EventRow]) -> list[Draft]:
        try:
            return [self._committer.write(partial(_fold_rows, device, rows))]
        except StoreRefused:
            return [self._fold_alone(device, row) for row in rows]

    def _fold_alone(self, device: DeviceKey, row: EventRow) -> Draft:
        """One that cannot be folded stays stored, and must not keep the device waiting for ever."""
        try:
            return self._committer.write(partial(_fold_rows, device, [row]))
        except StoreRefused as error:
            log.warning("a kept event cannot be folded", extra={"event": row.id, "why": str(error)})
            why = f"stored, but it cannot be folded: {error}"
        try:
            return self._committer.write(partial(_give_up, device, row, why))
        except StoreRefused:
            log.exception("the store refuses even the dead letter; it is dropped", extra={"event": row.id})
            return self._committer.write(partial(_mark_rows, device, [row]))


def _give_up(device: DeviceKey, row: EventRow, why: str, draft: Draft) -> None:
    _mark_rows(device, [row], draft)
    topic = str(Topic(*device, Channel.EVENTS))
    draft.bury(topic, Refusal.STORE_REFUSED, why, row.body, row.received_ms)


def _fold_rows(device: DeviceKey, rows: list[EventRow], draft: Draft) -> None:
    home = _mark_rows(device, rows, draft)
    if home is not None:
        fold([_placed(device, row, home) for row in rows], draft)


def _mark_rows(device: DeviceKey, rows: list[EventRow], draft: Draft) -> DeviceRow | None:
    """Say where these events belong; returns their device, None when an operator took it back meanwhile."""
    home = draft.device(device)
    if home is None or not home.accepted:
        return None
    draft.group.housed = [(row.id, home.building) for row in rows]
    draft.group.rewrite = joined([row.id for row in rows])
    return home


def _placed(device: DeviceKey, row: EventRow, home: DeviceRow) -> Placed:
    return Placed(device, row.epoch, home, [decode_event(row.body)], [row.placed_ms])


def joined(ids: list[int]) -> list[tuple[int, int]]:
    """Ids as few inclusive ranges, joined over small gaps: writing an event again changes nothing."""
    ranges: list[tuple[int, int]] = []
    for event_id in sorted(ids):
        if ranges and event_id - ranges[-1][1] <= GAP_MAX:
            ranges[-1] = (ranges[-1][0], event_id)
        else:
            ranges.append((event_id, event_id))
    return ranges
