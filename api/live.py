"""The live feed: one task reads the store's new changes, every client reads from its short memory.

A client is a position (a change's number), not a queue: however many there are, the store is asked once, and
a client that is slow costs nothing but its own delay.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from linli.errors import StoreError
from linli.ports.operational import Reader
from linli.ports.rows import LiveChange

log = logging.getLogger(__name__)

POLL_S = 0.2
PAGE = 500
REMEMBERED = 2_000
CLIENTS_MAX = 256
ADDRESS_MAX = 32
"""From one address: an office behind one router, or all who come through a proxy, and no more."""
RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class Gap:
    """What a client asked for is no longer kept (or never was): it must look at everything anew."""

    after: int
    resumes_after: int


@dataclass(frozen=True, slots=True)
class Page:
    """What follows a position: a gap or none, changes in order, and the position after them."""

    gap: Gap | None
    changes: Sequence[LiveChange]
    position: int


class Feed:
    """Runs in one event loop: `start` and `close` there, then `page` and `wait` by each client."""

    def __init__(self, store: Reader, poll_s: float = POLL_S, clients_max: int = CLIENTS_MAX) -> None:
        self._store = store
        self._poll_s = poll_s
        self._clients_max = clients_max
        self._recent: deque[LiveChange] = deque(maxlen=REMEMBERED)
        self._floor = 0
        """Every change past this number, as far as `_head`, is in `_recent`."""
        self._head = -1
        """The largest number seen; -1 before the first look."""
        self._clients: Counter[str] = Counter()
        """How many streams each address has open."""
        self._wanted = asyncio.Event()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def clients(self) -> int:
        """How many are listening."""
        return self._clients.total()

    def start(self) -> None:
        """Begin to read; call it in the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._read())

    async def stop(self) -> None:
        """End the reading and every client."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def close(self) -> None:
        """Tell every client to go."""
        self.closed = True
        self._news.set()

    def join(self, address: str) -> bool:
        """Count one more client; False when there are too many, in all or from this address."""
        if self.closed or self.clients >= self._clients_max or self._clients[address] >= ADDRESS_MAX:
            return False
        self._clients[address] += 1
        self._wanted.set()
        return True

    def leave(self, address: str) -> None:
        """Count one client less."""
        self._clients[address] -= 1
        if not self._clients[address]:
            del self._clients[address]
        if not self._clients:
            self._wanted.clear()

    async def newest(self) -> int:
        """The number of the newest change. Raises StoreError."""
        return (await asyncio.to_thread(self._store.change_bounds))[1]

    async def page(self, position: int, community: str = "") -> Page:
        """What follows `position`, at most some hundreds. Raises StoreError."""
        if self._head >= 0 and self._floor <= position <= self._head:
            return self._remembered(position, community)
        return await self._kept(position, community)

    async def news(self, position: int, seconds: float) -> bool:
        """True once there may be something past `position` or the feed closes; False after `seconds`."""
        if self.closed or self._head > position:
            return True
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._news.wait(), seconds)
        return False

    def _remembered(self, position: int, community: str) -> Page:
        changes: list[LiveChange] = []
        for change in reversed(self._recent):
            if change.number <= position:
                break
            changes.append(change)
        changes = changes[::-1][:PAGE]
        end = changes[-1].number if changes else position
        return Page(None, [c for c in changes if community in ("", c.community)], end)

    async def _kept(self, position: int, community: str) -> Page:
        """Read from the store: for a client that comes back after longer than the memory reaches."""
        _, seen = await asyncio.to_thread(self._store.change_bounds)
        changes = await asyncio.to_thread(self._store.changes_after, position, PAGE, community)
        # The bounds are asked again after the reading: what was pruned in between is a gap too.
        oldest, newest = await asyncio.to_thread(self._store.change_bounds)
        if position > newest:
            return Page(Gap(position, newest), [], newest)
        if position < oldest - 1:
            return Page(Gap(position, oldest - 1), [], oldest - 1)
        if len(changes) == PAGE:
            return Page(None, changes, changes[-1].number)
        return Page(None, changes, max(position, seen, changes[-1].number if changes else 0))

    async def _read(self) -> None:
        while not self.closed:
            if not self._wanted.is_set():
                await self._wanted.wait()
                self._head = -1  # nobody listened: begin with now, not with all that happened meanwhile
            more = False
            try:
                more = await self._look()
            except StoreError as error:
                log.warning("the live feed waits for the store: %s", error)
                self._head = -1  # clients ask the store themselves, and hear it
                await asyncio.sleep(RETRY_S)
            if not more:
                await asyncio.sleep(self._poll_s)

    async def _look(self) -> bool:
        """Read one page; whether there is more at once."""
        if self._head < 0:
            self._recent.clear()
            self._floor = self._head = await self.newest()
            self._wake()
        changes = await asyncio.to_thread(self._store.changes_after, self._head, PAGE)
        if not changes:
            return False
        room = REMEMBERED - len(self._recent)
        if len(changes) > room:
            self._floor = self._recent[len(changes) - room - 1].number
        self._recent.extend(changes)
        self._head = changes[-1].number
        self._wake()
        return len(changes) == PAGE

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
