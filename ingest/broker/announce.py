"""Every change of every alert on linli/v1/<community>/alerts, at least once, in order.

Fed from a cursor over the stored changes, so that nothing is forgotten while the broker is away; the cursor
moves when the broker has acknowledged what was published up to it. It is saved once a second, as each saving
is a commit that the next group waits for: after a crash the changes of a second are said again.
"""

import msgspec

from ingest.broker.mqtt import Mqtt
from linli import topics
from linli.ports.operational import IngestStore

CURSOR = "alerts_topic"
AT_ONCE = 50
EVERY_MS = 1_000
SAVE_EVERY_MS = 1_000


class Announcer:
    """Runs in the loop that owns the connection."""

    def __init__(self, store: IngestStore, mqtt: Mqtt) -> None:
        self._store = store
        self._mqtt = mqtt
        self._cursor: int | None = None
        self._saved = 0
        self._save_at_ms = 0
        self._published: list[tuple[int, int]] = []
        """(number of the change, packet id), in order"""
        self._look_at_ms = 0

    def begin_anew(self) -> None:
        """Another may have announced meanwhile: read again how far it has come."""
        self._cursor = None
        self._published.clear()

    def look_soon(self) -> None:
        """Something was committed that is to be announced."""
        self._look_at_ms = 0

    def step(self, steady_ms: int) -> None:
        """Move the cursor, and publish what is new. Raises StoreUnavailable."""
        if self._cursor is None:
            self._cursor = self._saved = self._store.cursor(CURSOR)
        self._move_cursor()
        if steady_ms >= self._save_at_ms:
            self._save_at_ms = steady_ms + SAVE_EVERY_MS
            self.save()
        if self._published or steady_ms < self._look_at_ms or not self._mqtt.ready:
            return
        self._look_at_ms = steady_ms + EVERY_MS
        for change, row in self._store.alert_changes_after(self._cursor, AT_ONCE):
            body = msgspec.json.encode(row)
            packet = self._mqtt.publish(topics.alerts(row.community), body)
            if packet is None:
                return
            self._published.append((change.number, packet))
            self._look_at_ms = 0

    def save(self) -> None:
        """Remember how far the broker has all of them. Raises StoreUnavailable."""
        if self._cursor is not None and self._cursor != self._saved:
            self._store.set_cursor(CURSOR, self._cursor)
            self._saved = self._cursor

    def _move_cursor(self) -> None:
        waiting = self._mqtt.unconfirmed
        if self._published and not any(packet in waiting for _, packet in self._published):
            self._cursor = self._published[-1][0]
            self._published.clear()
