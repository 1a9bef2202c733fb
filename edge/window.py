"""What is out without a receipt, and what to send again, when. The rules of docs/mqtt.md: no clock, no
socket.

Three things can say that a parcel (a batch of events, or a photo) is lost:
- its connection ended before the broker took it: it is sent again, but overtakes nothing (`holding`);
- a receipt settles what was sent after it: one connection and one topic keep their order, so it was passed
  over;
- nobody answers. Then only the oldest is sent again, as a question, after 30 s and then ever more rarely.
  When the answer settles it, whatever was sent before the question and stays without a receipt for a moment
  longer is lost.

So while ingest is away, a device adds one copy of one parcel every ten minutes to the broker's queue, and no
more.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

ASK_AFTER_MS = 30_000
ASK_AT_MOST_EVERY_MS = 600_000
JITTER = 0.2
ANSWER_GRACE_MS = 3_000
"""Receipts come at most once a second; what the answering one did not settle may still be in the next."""
HOLD_MS = 30_000
"""How long, after a new connection, what comes later waits to hear what became of what was out before it."""
SOON_MS = 2_000
"""How long the oldest waits when there is a reason to ask sooner: a new connection, or the device's end."""


class Numbers(Protocol):
    """A set of numbers, as far as it can be asked."""

    def __contains__(self, number: int, /) -> bool: ...


@dataclass(slots=True)
class Parcel:
    """One message that is out, with the numbers of its events, or the one of its photo.

    `order` counts messages sent; `sent_ms` is when it was last sent, `asked` how often as a question.
    """

    numbers: set[int]
    order: int
    sent_ms: int
    ask_at_ms: int
    asked: int = 0
    at_broker: bool = False


class Window:
    """The parcels that are out, oldest first. `questions` and `lost` count what was sent more than once, and
    why.
    """

    def __init__(self, size: int, rng: random.Random) -> None:
        self.size = size
        self.questions = 0
        self.lost = 0
        self._rng = rng
        self._out: list[Parcel] = []
        self._again: list[set[int]] = []
        self._orders = 0
        self._asks = 0  # questions since a receipt last settled something
        self._answer: tuple[int, int] | None = None  # (order of the answered question, when its grace ends)
        self._hold: tuple[int, int] | None = None  # (last order before this connection, when patience ends)

    def __len__(self) -> int:
        return len(self._out) + len(self._again)

    @property
    def has_room(self) -> bool:
        """Whether something new may go out."""
        return len(self) < self.size

    def sent(self, numbers: set[int], now_ms: int) -> Parcel:
        """A parcel went out: for the first time, or because it was lost."""
        self._orders += 1
        parcel = Parcel(numbers, self._orders, now_ms, now_ms + self._patience_ms())
        self._out.append(parcel)
        return parcel

    def holding(self, now_ms: int) -> bool:
        """Whether nothing may overtake what was out before this connection.

        The broker may have lost it although it had taken it. Sent at once, what comes later would arrive
        first, and a fire that came second would be old news.
        """
        self._end_grace(now_ms)
        if self._hold is None:
            return False
        order, until_ms = self._hold
        known = self._answer is None and all(parcel.order > order for parcel in self._out)
        if known or now_ms >= until_ms:
            self._hold = None
        return self._hold is not None

    def next_lost(self) -> set[int] | None:
        """Takes the oldest lost parcel out of the window, to be sent again now."""
        return self._again.pop(0) if self._again else None

    def put_back(self, lost: set[int]) -> None:
        """It could not be sent just now after all."""
        self._again.insert(0, lost)

    def question(self, now_ms: int) -> Parcel | None:
        """The parcel to send again as a question, when it is time; then call `asked` or `gone`."""
        self._end_grace(now_ms)
        if not self._out or self._answer is not None or (self._again and self._hold is None):
            return None
        oldest = self._out[0]
        return oldest if now_ms >= oldest.ask_at_ms else None

    def asked(self, parcel: Parcel, now_ms: int) -> None:
        """The question went out."""
        self._orders += 1
        self.questions += 1
        self._asks += 1
        parcel.order = self._orders
        parcel.sent_ms = now_ms
        parcel.asked += 1
        parcel.ask_at_ms = now_ms + self._patience_ms()
        parcel.at_broker = False

    def gone(self, parcel: Parcel) -> None:
        """The outbox no longer holds what was in it."""
        self._out.remove(parcel)

    def settled(self, numbers: Numbers, now_ms: int) -> None:
        """A receipt came: these need not be sent again, whether they were out or not."""
        passed = answered = 0
        for parcel in self._out:
            left = {number for number in parcel.numbers if number not in numbers}
            if len(left) < len(parcel.numbers):
                # Of one sent twice nobody can say which copy arrived, so it proves nothing at once.
                passed = max(passed, parcel.order if not parcel.asked else 0)
                answered = max(answered, parcel.order if parcel.asked else 0)
            parcel.numbers = left
        self._out = [parcel for parcel in self._out if parcel.numbers]
        self._again = [left for lost in self._again if (left := {n for n in lost if n not in numbers})]
        self._lose(lambda parcel: parcel.order < passed)
        if passed or answered:
            self._be_patient_anew(now_ms)
        if answered:
            self._answer = (answered, now_ms + ANSWER_GRACE_MS)
        elif passed and self._answer is not None:  # more of the queue behind the answer is coming in
            self._answer = (self._answer[0], now_ms + ANSWER_GRACE_MS)

    def disconnected(self) -> None:
        """The connection ended: what the broker had not taken goes again on the next one."""
        self._lose(lambda parcel: not parcel.at_broker)

    def connected(self, now_ms: int) -> None:
        """A new connection: the broker may have lost what it had acknowledged, so ask soon (but not at
        each).
        """
        self._hold = (self._orders, now_ms + HOLD_MS) if self._out else None
        if self._out and (not self._out[0].asked or now_ms - self._out[0].sent_ms >= ASK_AFTER_MS):
            soon = now_ms + round(SOON_MS * self._rng.uniform(1, 2))
            self._out[0].ask_at_ms = min(self._out[0].ask_at_ms, soon)

    def hurry(self) -> None:
        """The device is about to sleep or to end: ask after seconds, doubling, not after half a minute."""
        if self._out:
            oldest = self._out[0]
            oldest.ask_at_ms = min(oldest.ask_at_ms, oldest.sent_ms + (SOON_MS << min(oldest.asked, 5)))

    def _be_patient_anew(self, now_ms: int) -> None:
        """Somebody settles things: the waits begin again with the shortest."""
        self._asks = 0
        if self._out:
            self._out[0].ask_at_ms = min(self._out[0].ask_at_ms, now_ms + self._patience_ms())

    def _end_grace(self, now_ms: int) -> None:
        if self._answer is not None and now_ms >= self._answer[1]:
            order, self._answer = self._answer[0], None
            self._lose(lambda parcel: parcel.order < order)

    def _lose(self, is_lost: Callable[[Parcel], bool]) -> None:
        lost = [parcel for parcel in self._out if is_lost(parcel)]
        if lost:
            self.lost += len(lost)
            self._again = sorted([*self._again, *(parcel.numbers for parcel in lost)], key=min)
            self._out = [parcel for parcel in self._out if not is_lost(parcel)]

    def _patience_ms(self) -> int:
        patience = min(ASK_AFTER_MS << min(self._asks, 20), ASK_AT_MOST_EVERY_MS)
        return round(patience * self._rng.uniform(1 - JITTER, 1 + JITTER))
