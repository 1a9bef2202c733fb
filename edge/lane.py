"""A way from the outbox to one topic: what is lost goes again, then what is asked, then what is new."""

import random
from collections.abc import Callable
from typing import NamedTuple

from edge.outbox import Outbox
from edge.window import Parcel, Window
from linli.topics import Channel

SPREAD_MS = 3_000
"""After a connection a backlog waits up to so long, at random: a thousand others may have come back with
us.
"""

Send = Callable[[Channel, bytes], int | None]
"""Hands a message (QoS 1) to the connection: its number there, or None when it was not taken."""


class Load(NamedTuple):
    """A message, and the numbers in it."""

    numbers: set[int]
    payload: bytes


class Lane:
    """The windows of one topic, the most urgent first. Times are steady ms, but for `wall_ms`."""

    channel: Channel

    def __init__(self, outbox: Outbox, send: Send, rng: random.Random, *sizes: int) -> None:
        self.outbox = outbox
        self.windows = tuple(Window(size, rng) for size in sizes)
        self._send = send
        self._rng = rng
        self._in_flight: dict[int, Parcel] = {}
        self._rests_until = 0
        self._hurries = False

    def load(self, numbers: set[int], wall_ms: int) -> Load | None:
        """What to send of these numbers; None when none of them is held any more."""
        raise NotImplementedError

    def send_new(self, now_ms: int, wall_ms: int) -> None:
        """Send what was never sent and may go now."""
        raise NotImplementedError

    def connected(self, now_ms: int) -> None:
        """A new connection stands."""
        self._rests_until = now_ms + round(self._rng.uniform(0, SPREAD_MS))
        for window in self.windows:
            window.connected(now_ms)

    def disconnected(self) -> None:
        """It ended; what it had not delivered to the broker is sent again on the next."""
        self._in_flight.clear()
        for window in self.windows:
            window.disconnected()

    def taken(self, number: int) -> None:
        """The broker acknowledged that message of this connection. It may still lose it."""
        parcel = self._in_flight.pop(number, None)
        if parcel is not None:
            parcel.at_broker = True

    @property
    def untaken_since(self) -> int | None:
        """Since when the broker owes an acknowledgement; None while it owes none."""
        return min((parcel.sent_ms for parcel in self._in_flight.values()), default=None)

    def hurry(self) -> None:
        """From now on nothing rests, and receipts are asked for after seconds."""
        self._hurries = True
        for window in self.windows:
            window.hurry()

    def step(self, now_ms: int, wall_ms: int) -> None:
        """Send what is due. Only while connected."""
        for window in self.windows:
            if not self._send_lost(window, now_ms, wall_ms):
                return
            self._ask(window, now_ms, wall_ms)
        self.send_new(now_ms, wall_ms)

    def rests(self, now_ms: int) -> bool:
        """Whether a backlog still waits for its turn among the many that came back."""
        return now_ms < self._rests_until and not self._hurries

    def dispatch(self, window: Window, load: Load, now_ms: int) -> bool:
        """Send it; False when the connection does not take it."""
        number = self._send(self.channel, load.payload)
        if number is None:
            return False
        self._in_flight[number] = window.sent(load.numbers, now_ms)
        return True

    def _send_lost(self, window: Window, now_ms: int, wall_ms: int) -> bool:
        while (lost := window.next_lost()) is not None:
            load = self.load(lost, wall_ms)
            if load is not None and not self.dispatch(window, load, now_ms):
                window.put_back(lost)
                return False
        return True

    def _ask(self, window: Window, now_ms: int, wall_ms: int) -> None:
        asked = window.question(now_ms)
        if asked is None:
            return
        load = self.load(asked.numbers, wall_ms)
        if load is None:
            window.gone(asked)
        elif (number := self._send(self.channel, load.payload)) is not None:
            window.asked(asked, now_ms)
            self._in_flight[number] = asked
