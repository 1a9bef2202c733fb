"""The pruner: lets go what has been kept long enough, in steps so short that no commit waits for one.

It has a thread of its own and takes a quarter of the time at most: after each step it rests three times as
long, and a step that took long makes the next one smaller.
"""

import logging
from collections.abc import Callable
from functools import partial

import msgspec
from msgspec import Struct

from ingest.metrics import Metrics
from ingest.settings import Settings
from ingest.workers.worker import Worker
from linli.clock import Clock
from linli.errors import StoreError
from linli.ports.photos import PhotoStore
from linli.ports.pruning import Position, PrunedStore, Step

log = logging.getLogger("ingest.workers.pruning")

DAY_MS = 86_400_000
ROWS_FIRST, ROWS_MIN, ROWS_MAX = 100, 10, 500
STEP_LONG_MS, STEP_SHORT_MS = 20, 5
REST = 3
"""Times the length of a step that comes after it."""
REST_MIN_S = 0.005
LOOK_EVERY_S = 5.0
AWAY_S = 30.0
REPORT_EVERY_MS = 10_000
OFTEN_MS, SELDOM_MS = 60_000, 3_600_000


Prune = Callable[[Position, int, int], Step]
"""A step of a walk over what is older than a time: (where it is, ms UTC, rows at most)."""


class Sort(Struct):
    """One sort of thing that is pruned: a step of its walk, and how it goes."""

    name: str
    every_ms: int
    step: Callable[[Position, int], Step]
    rows: int = ROWS_FIRST
    at: Position = None
    due_ms: int = 0
    gone: int = 0
    held: int = 0
    """Of the walk in hand; at its end it is what is said."""


class Progress(Struct):
    """How it goes, as the report says it: what went since the start, by sort."""

    state: str = "idle"
    detail: str = ""
    events_held: int = 0
    photos_held: int = 0


class Pruner(Worker):
    """Runs until `stop`."""

    def __init__(
        self, settings: Settings, store: PrunedStore, photos: PhotoStore, metrics: Metrics, clock: Clock
    ) -> None:
        super().__init__("pruner")
        self._settings = settings
        self._store = store
        self._photos = photos
        self._metrics = metrics
        self._clock = clock
        self._report_at_ms = 0
        self.progress = Progress()
        self.sorts = self._sorts(settings)

    def _sorts(self, settings: Settings) -> list[Sort]:
        store = self._store
        forwarded = bool(settings.influxdb_url)
        kept: dict[str, tuple[int, int, Prune]] = {
            "events": (settings.keep_events_days, OFTEN_MS, partial(store.prune_events, forwarded=forwarded)),
            "photos": (settings.keep_photos_days, SELDOM_MS, self._prune_photos),
            "dead_letters": (settings.keep_dead_letters_days, SELDOM_MS, store.prune_dead_letters),
            "rollups": (settings.keep_rollups_days, SELDOM_MS, store.prune_rollups),
            "unknown": (settings.keep_unknown_days, OFTEN_MS, self._forget_unknown),
        }
        sorts = [
            Sort(name, every_ms, partial(self._older, days, prune))
            for name, (days, every_ms, prune) in kept.items()
            if days
        ]
        return [*sorts, Sort("changes", OFTEN_MS, self._prune_changes)]

    def _older(self, days: int, prune: Prune, at: Position, limit: int) -> Step:
        return prune(at, self._clock.wall() - days * DAY_MS, limit)

    def _prune_photos(self, at: Position, before_ms: int, limit: int) -> Step:
        begun_ms = self._clock.wall()
        step, hashes = self._store.prune_photos(at, before_ms, limit)
        for sha256 in hashes:  # a crash before this leaves files that the sweeper finds
            self._photos.remove(sha256, begun_ms)
        return step

    def _forget_unknown(self, _at: Position, before_ms: int, limit: int) -> Step:
        return self._store.forget_unknown(before_ms, limit)

    def _prune_changes(self, _at: Position, limit: int) -> Step:
        return self._store.prune_changes(self._settings.keep_changes, limit)

    def step(self) -> float:
        """Take one step, if one is due; returns after how many seconds to come again."""
        steady = self._clock.steady()
        sort = min(self.sorts, key=lambda one: one.due_ms)
        try:
            if sort.due_ms > steady:
                self.progress.state = "idle"
                wait = min(LOOK_EVERY_S, (sort.due_ms - steady) / 1_000)
            else:
                wait = self._take(sort, steady)
                self.progress.state, self.progress.detail = "pruning", sort.name
            self._report(steady)
        except StoreError as error:
            log.warning("cannot prune", extra={"sort": sort.name, "why": str(error)})
            self.progress.state, self.progress.detail = "store away", str(error)
            wait = AWAY_S
        except Exception:  # a fault of ours; what is old must not be kept for ever until a restart
            log.exception("pruning failed; this is a fault of linli", extra={"sort": sort.name})
            self._metrics.faults.inc()
            sort.at, sort.due_ms = None, steady + sort.every_ms
            wait = AWAY_S
        return wait

    def _take(self, sort: Sort, steady: int) -> float:
        with self._metrics.prune_seconds.time():
            step = sort.step(sort.at, sort.rows)
        took_ms = self._clock.steady() - steady
        if took_ms > STEP_LONG_MS:
            sort.rows = max(ROWS_MIN, sort.rows // 2)
        elif took_ms < STEP_SHORT_MS:
            sort.rows = min(ROWS_MAX, sort.rows * 2)
        sort.at = step.at
        sort.gone += step.gone
        sort.held += step.held
        if step.gone:
            self._metrics.pruned.labels(sort.name).inc(step.gone)
        if step.at is None:
            self._end(sort)
        return max(REST_MIN_S, took_ms / 1_000 * REST)

    def _end(self, sort: Sort) -> None:
        sort.due_ms = self._clock.steady() + sort.every_ms
        if sort.name in ("events", "photos"):
            setattr(self.progress, f"{sort.name}_held", sort.held)
        sort.held = 0

    def _report(self, steady: int) -> None:
        if steady < self._report_at_ms:
            return
        self._report_at_ms = steady + REPORT_EVERY_MS
        body = msgspec.to_builtins(self.progress) | {sort.name: sort.gone for sort in self.sorts}
        self._store.report("pruner", msgspec.json.encode(body), self._clock.wall())
