"""The live feed: one task reads the store's new changes, every client reads from its short memory.

A client is a position (a change's number), not a queue: however many there are, the store is asked once, and
a client that is slow costs nothing but its own delay. Clients that stand at the same position are given the
same text.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from api import sse
from api.recent import PAGE, Gap, Page, Recent
from linli.errors import StoreError
from linli.ports.operational import Reader
from linli.ports.rows import LiveChange

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LOOK_AT_MOST_EVERY_S = 0.01
LOOK_AT_LEAST_EVERY_S = 1.0
"""Also when no word of a commit has come: it may have been lost with a connection."""
LEVELS_WAIT_S = 0.2
"""A level changes with every reading, and nobody's eye is faster. All else is told at once."""
WAKE_S = 0.000_5
"""Waking a client costs a tenth of this: however many there are, a tenth of the time goes into it."""
CLIENTS_MAX = 256
ADDRESS_MAX = 32
"""From one address: an office behind one router, or all who come through a proxy, and no more."""
RETRY_S = 2.0


class Feed:
    """Runs in one event loop: `start` and `stop` there, then `page` and `news` by each client."""

    def __init__(self, store: Reader, clients_max: int = CLIENTS_MAX) -> None:
        self._store = store
        self._commits = store.commits()
        self._waiting = ThreadPoolExecutor(1, "commits")
        """Where commits are waited for: the threads that all share are for what takes milliseconds."""
        self._clients_max = clients_max
        self._recent = Recent()
        self._clients: Counter[str] = Counter()
        """How many streams each address has open."""
        self._wanted = asyncio.Event()
        self._news = asyncio.Event()
        self._woken = -1
        """What clients have been woken for: as far as this number."""
        self._woken_at = 0.0
        self._urgent = False
        """There is something past `_woken` that is no level."""
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
        self._waiting.submit(self._commits.close)
        self._waiting.shutdown(wait=False)

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
        return self._recent.page(position, community) or await self._kept(position, community)

    async def news(self, position: int, seconds: float) -> bool:
        """True once there may be something past `position` or the feed closes; False after `seconds`."""
        if self.closed or self._woken > position:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._news.wait()
        return False

    async def _kept(self, position: int, community: str) -> Page:
        """Read from the store: for a client that comes back after longer than the memory reaches."""
        _, seen = await asyncio.to_thread(self._store.change_bounds)
        changes = await asyncio.to_thread(self._store.changes_after, position, PAGE, community)
        # The bounds are asked again after the reading: what was pruned in between is a gap too.
        oldest, newest = await asyncio.to_thread(self._store.change_bounds)
        if position > newest:
            return Page(Gap(position, newest), "", newest)
        if position < oldest - 1:
            return Page(Gap(position, oldest - 1), "", oldest - 1)
        text = "".join(map(sse.change, changes))
        if len(changes) == PAGE:
            return Page(None, text, changes[-1].number)
        return Page(None, text, max(position, seen, changes[-1].number if changes else 0))

    async def _read(self) -> None:
        wait_s = 0.0
        while not self.closed:
            if not self._wanted.is_set():
                # A session that listens and does not read would fill PostgreSQL's queue of notifications.
                await self._in_thread(self._commits.close)
                await self._wanted.wait()
                self._recent.forget()  # nobody listened: begin with now, not with all that happened meanwhile
            try:
                more = await self._look(wait_s)
                looked = time.monotonic()
                wait_s = self._wake_in_time()
                if more:
                    wait_s = 0.0
                else:
                    await asyncio.sleep(looked + LOOK_AT_MOST_EVERY_S - time.monotonic())
            except StoreError as error:
                log.warning("the live feed waits for the store: %s", error)
                self._recent.forget()  # clients ask the store themselves, and hear it
                await asyncio.sleep(RETRY_S)

    async def _look(self, wait_s: float) -> bool:
        """Wait so long for a commit, and read one page; whether there is more at once."""
        if self._recent.head < 0:
            self._recent.begin(await self.newest())
            self._wake()
        changes = await self._in_thread(self._next, wait_s)
        if changes is None:
            self._recent.forget()  # clients that stand further hear of the gap
            return True
        if not changes:
            return False
        self._recent.add(changes)
        self._urgent = self._urgent or any(map(_is_urgent, changes))
        return len(changes) == PAGE

    async def _in_thread(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._waiting, partial(act, *args, **kwargs))

    def _next(self, wait_s: float) -> Sequence[LiveChange] | None:
        """In the thread that waits: what is new when somebody has committed, or after so long. None when the
        store is not so far any more: a backup was put in its place.
        """
        if wait_s:
            self._commits.wait(wait_s)
        if self.closed:
            return []
        changes = self._store.changes_after(self._recent.head, PAGE)
        if not changes and self._store.change_bounds()[1] < self._recent.head:
            return None
        return changes

    def _wake_in_time(self) -> float:
        """Wake the clients if it is time; else in how many seconds it will be."""
        if self._recent.head == self._woken:
            return LOOK_AT_LEAST_EVERY_S
        waits_s = max(0.0 if self._urgent else LEVELS_WAIT_S, self.clients * WAKE_S)
        left_s = self._woken_at + waits_s - time.monotonic()
        if left_s > 0:
            return min(left_s, LOOK_AT_LEAST_EVERY_S)
        self._wake()
        return LOOK_AT_LEAST_EVERY_S

    def _wake(self) -> None:
        self._woken, self._woken_at, self._urgent = self._recent.head, time.monotonic(), False
        news, self._news = self._news, asyncio.Event()
        news.set()


def _is_urgent(change: LiveChange) -> bool:
    return change.kind != "level"
