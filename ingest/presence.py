"""Who is away and who is mute, by ingest's own clock.

Every accepted device that was ever heard has one place in a heap, at the time at which it could first be
missed. Hearing it does not touch the heap: its time is worked out again when the place comes up. So a
hundred thousand devices that speak cost nothing here, and a tick looks only at those that are due.
"""

import heapq
from collections.abc import Iterable
from dataclasses import replace

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from ingest.memory import Memory, Seen
from linli.alerts.readings import Presence as Reading
from linli.alerts.rules import MUTE, OFFLINE, MuteRule, PresenceRule
from linli.alerts.state import State
from linli.inventory import DeviceType
from linli.ports.operational import DeviceKey
from linli.ports.rows import DeviceRow

DUE_AT_ONCE = 500
AGAIN_MS = 30_000
"""A device that is away, or held back by its gateway, is looked at again after this."""


class Presence:
    """The rules of presence. Blind (ingest has just started, or has no broker) it accuses nobody."""

    def __init__(self, offline_after_ms: int, mute_after_ms: int) -> None:
        self.offline: PresenceRule = replace(OFFLINE, after_ms=offline_after_ms)
        self.mute: MuteRule = replace(MUTE, after_ms=mute_after_ms)
        self._soonest_ms = min(offline_after_ms, mute_after_ms)
        self._blind_until_ms: int | None = None
        self._heap: list[tuple[int, DeviceKey]] = []
        self._due: dict[DeviceKey, int] = {}
        """The earliest entry of each device in the heap; its other entries are void."""

    def lost_sight(self) -> None:
        """The broker is away: silence proves nothing."""
        self._blind_until_ms = None

    def regained_sight(self, steady_ms: int) -> None:
        """The broker is there: each device is given the time to speak that it always has."""
        self._blind_until_ms = steady_ms + self.offline.after_ms

    def is_blind(self, steady_ms: int) -> bool:
        return self._blind_until_ms is None or steady_ms < self._blind_until_ms

    def watch(self, keys: Iterable[DeviceKey], memory: Memory) -> None:
        """See that each of these is looked at no later than it can be missed, if it is to be watched."""
        for key in keys:
            row, seen = memory.devices.get(key), memory.seen.get(key)
            if row is None or seen is None or not row.accepted or not seen.heard_ms:
                continue
            due = self._due.get(key)
            if due is not None and due <= seen.events_ms + self._soonest_ms and row.state != "asleep":
                continue  # as nearly always: hearing a device puts off when it can be missed
            self._place(key, self._due_ms(row, seen))

    def _place(self, key: DeviceKey, when_ms: int) -> None:
        due = self._due.get(key)
        if due is None or when_ms < due:
            self._due[key] = when_ms
            heapq.heappush(self._heap, (when_ms, key))

    def due(self, memory: Memory, now_ms: int, steady_ms: int) -> list[DeviceKey]:
        """The devices that may be missed by now; at most a few hundred, the rest at the next tick."""
        due: list[DeviceKey] = []
        if self.is_blind(steady_ms):
            return due
        while self._heap and self._heap[0][0] <= now_ms and len(due) < DUE_AT_ONCE:
            when, key = heapq.heappop(self._heap)
            if self._due.get(key) != when:
                continue
            del self._due[key]
            row, seen = memory.devices.get(key), memory.seen.get(key)
            if row is None or seen is None or not row.accepted:
                continue
            when = self._due_ms(row, seen)
            if when <= now_ms:
                due.append(key)
                when = now_ms + AGAIN_MS
            self._place(key, when)
        return due

    def judge(self, keys: Iterable[DeviceKey], draft: Draft) -> None:
        """Let both rules look at these devices."""
        for key in keys:
            self._judge(key, draft, only_absent=False)

    def welcome(self, spoke: Iterable[DeviceKey], draft: Draft) -> None:
        """Those that were away and have been heard again; being heard proves something even to the blind."""
        for key in draft.memory.absent.intersection(spoke):
            self._judge(key, draft, only_absent=True)

    def _judge(self, key: DeviceKey, draft: Draft, *, only_absent: bool) -> None:
        row = draft.device(key)
        seen = draft.seen.get(key) or draft.memory.seen.get(key)
        if row is None or seen is None or not row.accepted:
            return
        reading = Reading(
            state=row.state,
            heard_ms=seen.heard_ms,
            events_ms=_events_ms(row, seen),
            wakes_ms=row.wakes_ms,
            gateway_offline=self._gateway_away(row, draft),
        )
        rules = (self.offline,) if row.type == DeviceType.GATEWAY else (self.offline, self.mute)
        for rule in rules:
            alert = draft.slot(key, ("", rule.kind)).alert
            if only_absent and alert.state is not State.FIRING and not alert.held:
                continue
            trigger = Trigger(f"{seen.heard_ms}/{seen.events_ms}", draft.now_ms)
            consider(rule, reading, row, "", trigger, draft)

    def _gateway_away(self, row: DeviceRow, draft: Draft) -> bool:
        if not row.via or row.type == DeviceType.GATEWAY:
            return False
        key = (row.community, row.via)
        gateway, seen = draft.device(key), draft.seen.get(key) or draft.memory.seen.get(key)
        # Only a gateway that is itself watched may excuse its children: else nobody would miss any of them.
        if gateway is None or seen is None or not gateway.accepted or gateway.type != DeviceType.GATEWAY:
            return False
        if gateway.state == "online":
            return False
        # One that is itself silent for half the time vouches for nobody: it will be judged a moment later.
        return gateway.state == "offline" or draft.now_ms - seen.heard_ms > self.offline.after_ms // 2

    def _due_ms(self, row: DeviceRow, seen: Seen) -> int:
        if row.state == "asleep" and row.wakes_ms is not None:
            return row.wakes_ms + self.offline.after_ms + 1
        gone = seen.heard_ms + self.offline.after_ms + 1
        if row.state != "online":
            return gone
        return _events_ms(row, seen) + self.mute.after_ms + 1


def _events_ms(row: DeviceRow, seen: Seen) -> int:
    """A device that never sent an event, or was away, is mute only from when it came."""
    return max(seen.events_ms, seen.since_ms, row.first_ms)
