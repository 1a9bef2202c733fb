"""The one loop of ingest: read, commit, acknowledge, and what is due in between."""

import logging
import random
import time
from collections.abc import Callable

from ingest.broker.message import Message
from ingest.draft import Draft
from ingest.logs import Seldom
from ingest.parts import Parts
from ingest.rounds import Rounds
from linli.clock import Clock
from linli.errors import NotOwner, StoreUnavailable

log = logging.getLogger("ingest.loop")

IDLE_MS = 100
TICK_MS = 1_000
CLAIM_EVERY_MS = 1_000
SET_MS = 2_000
"""The wall clock was set when it goes by so much otherwise than the steady one."""
RETRY_FIRST_MS = 200
RETRY_MAX_MS = 10_000


class Loop:
    """`run` until `stop`. Stamps are by the wall clock; whatever waits, waits by the steady one."""

    def __init__(self, parts: Parts, clock: Clock, on_ready: Callable[[], None]) -> None:
        self._parts = parts
        self._clock = clock
        self._on_ready = on_ready
        self._stopping = False
        self._was_ready = False
        self._ever_ready = False
        self._apart_ms = clock.wall() - clock.steady()
        self._tick_at_ms = 0
        self._claim_at_ms = 0
        self._store_at_ms = 0
        """Not before this the store is asked again: it was away."""
        self._retry_ms = RETRY_FIRST_MS
        self._seldom = Seldom()
        self._rounds = Rounds(parts, self._note)

    def stop(self) -> None:
        """Finish the group in hand, then return from `run`."""
        self._stopping = True

    def run(self) -> None:
        """Until stopped. Whatever fails in between is said, counted and tried again."""
        parts = self._parts
        while not self._stopping:
            if not self._owns():
                time.sleep(IDLE_MS / 1_000)
                continue
            parts.mqtt.turn(self._wait_ms() / 1_000, read=parts.inbox.has_room)
            self._note_link()
            self._follow_clock()
            if self._clock.steady() >= self._store_at_ms:
                self._try_store()
            parts.receipts.tick(self._clock.steady())
            parts.metrics.receipts.inc(parts.receipts.take_sent())
            parts.mqtt.flush()
        self._finish()

    def _finish(self) -> None:
        parts = self._parts
        try:
            while parts.inbox.group():
                self._take_group()
            self._announce(self._clock.steady())
            if parts.ownership.has_duties:
                parts.announcer.save()
        except StoreUnavailable as error:
            log.warning("stopping without the last group: it was not acknowledged", extra={"why": str(error)})
        parts.mqtt.close()

    def _owns(self) -> bool:
        """Whether the work is ours; asks the store again when it is time."""
        steady = self._clock.steady()
        if steady >= self._claim_at_ms:
            self._claim_at_ms = steady + CLAIM_EVERY_MS
            try:
                self._claim()
            except StoreUnavailable as error:
                self._parts.metrics.store_failures.inc()
                if (times := self._seldom.count("claim", 1, steady)) is not None:
                    log.warning(
                        "the store is away; nothing is claimed", extra={"why": str(error), "times": times}
                    )
        return self._parts.ownership.term > 0

    def _claim(self) -> None:
        parts = self._parts
        before, term = parts.ownership.term, parts.ownership.step()
        if term != before:  # it was another's, or may have been
            parts.memory.forget()
            parts.memory.seen.clear()
        if before and not term:  # what is not committed is for the broker and the devices to send again
            parts.mqtt.leave()
            parts.inbox.clear()
            self._note_link()
        if not term:
            self._say_ready()
        if parts.duties.follow(ours=parts.ownership.has_duties):
            parts.announcer.begin_anew()

    def _announce(self, steady: int) -> None:
        if self._parts.ownership.has_duties:
            self._parts.announcer.step(steady)

    def _try_store(self) -> None:
        parts, steady = self._parts, self._clock.steady()
        try:
            # What lies there already goes into the same commit: two of half a group cost more than one.
            if parts.inbox.wait_ms(self._clock.wall()) == 0 and (
                parts.inbox.has_group or not parts.mqtt.more
            ):
                self._take_group()
            if steady >= self._tick_at_ms:
                self._tick_at_ms = steady + TICK_MS
                self._rounds.go(self._clock.wall(), steady)
            for draft in parts.acceptance.step():
                self._note(draft)
            self._announce(steady)
            self._retry_ms = RETRY_FIRST_MS
        except NotOwner as error:
            self._claim_at_ms = steady
            log.warning("nothing is acknowledged", extra={"why": str(error)})
        except StoreUnavailable as error:
            parts.metrics.store_failures.inc()
            wait = self._wait_longer()
            log.warning(
                "the store is away; nothing is acknowledged", extra={"retry_ms": wait, "why": str(error)}
            )
        except Exception:
            # What is not known of here may pass, and what was not committed is not acknowledged: going on
            # loses nothing, and a process that ended would serve nobody.
            parts.metrics.faults.inc()
            parts.memory.forget()
            log.exception("a turn failed; this is a fault of linli", extra={"retry_ms": self._wait_longer()})

    def _follow_clock(self) -> None:
        """A wall clock that is set takes with it when each device was heard: nobody was silent meanwhile."""
        now = self._clock.wall()
        apart = now - self._clock.steady()
        by, self._apart_ms = apart - self._apart_ms, apart
        if abs(by) > SET_MS:
            log.warning("the clock of this machine was set", extra={"by_s": by // 1_000})
            self._parts.inbox.move(by, now)
            self._parts.memory.move(by, now)
            self._parts.presence.watch(self._parts.memory.devices, self._parts.memory)

    def _wait_longer(self) -> int:
        wait = int(self._retry_ms * random.uniform(0.8, 1.2))
        self._store_at_ms = self._clock.steady() + wait
        self._retry_ms = min(RETRY_MAX_MS, self._retry_ms * 2)
        return wait

    def _take_group(self) -> None:
        """Commit, then acknowledge, then answer: in this order and no other."""
        parts = self._parts
        group = parts.inbox.group()
        drafts: list[Draft] = []
        settled = 0
        try:
            with parts.metrics.commit_seconds.time():
                if not parts.memory.loaded:
                    parts.memory.load()
                for commit in parts.committer.settle(parts.decoder.decode(group, parts.memory.sites)):
                    settled += commit.arrivals
                    if commit.draft is not None:
                        drafts.append(commit.draft)
        finally:  # what is committed is settled, whatever the store does with the rest
            self._settled(group[:settled], drafts)

    def _settled(self, group: list[Message], drafts: list[Draft]) -> None:
        parts, steady = self._parts, self._clock.steady()
        parts.inbox.done(group)
        parts.mqtt.ack(group)
        for draft in drafts:
            parts.receipts.note(draft.answers, steady)
            parts.presence.watch(draft.seen, parts.memory)
            self._note(draft)
        if group:
            parts.metrics.count_group(len(group))

    def _note(self, draft: Draft) -> None:
        self._parts.metrics.count(draft)
        if draft.group.alert_changes:
            self._parts.announcer.look_soon()
        for reason, n in draft.refused.items():
            seen = self._seldom.count(reason, n, self._clock.steady())
            letter = next((each for each in draft.letters if each.reason == reason), None)
            if seen is not None:
                told = {"topic": letter.topic, "detail": letter.detail} if letter is not None else {}
                log.warning("refused", extra={"reason": reason, "times": seen} | told)

    def _note_link(self) -> None:
        ready = self._parts.mqtt.ready
        if ready == self._was_ready:
            return
        self._was_ready = ready
        if not ready:
            self._parts.presence.lost_sight()
            return
        self._parts.presence.regained_sight(self._clock.steady())
        self._say_ready()

    def _say_ready(self) -> None:
        if not self._ever_ready:
            self._ever_ready = True
            self._on_ready()

    def _wait_ms(self) -> float:
        parts, steady = self._parts, self._clock.steady()
        waits: list[int | None] = [IDLE_MS, parts.receipts.wait_ms(steady)]
        if steady < self._store_at_ms:
            waits.append(self._store_at_ms - steady)
        else:
            waits += [parts.inbox.wait_ms(self._clock.wall()), 0 if parts.memory.unhoused else None]
        return max(0, min(wait for wait in waits if wait is not None))
