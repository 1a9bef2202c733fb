"""What is out without a receipt, and what to send again, when. The rules of docs/mqtt.md: no clock, no
socket.

Three things can say that a parcel (a batch of events, or a photo) is lost:
- its connection ended before the broker took it: it is sent again on the next;
- a receipt settles what was sent after it: one connection and one topic keep their order, so it was passed
  over;
- nobody answers. Then only the one with the lowest number is sent again, as a question, after 30 s and then
  ever more rarely. When the answer settles it, whatever was sent before the question and stays without a
  receipt for a moment longer is lost.

So while ingest is away, a device adds one copy of one parcel every ten minutes to the broker's queue, and no
more. And a new connection begins with one parcel; every one that is settled lets one more be out, up to the
window's size: of two thousand devices that come back at once, the broker holds what ingest can keep up with.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge.backoff import Backoff

ASK_AFTER_MS = 30_000
ASK_AT_MOST_EVERY_MS = 600_000
JITTER = 0.2
ANSWER_GRACE_MS = 3_000
"""Receipts come at most once a second; what the answering one did not settle may still be in the next."""
SOON_MS = 2_000
"""How long an answer is waited for when there is a reason to ask sooner: a new connection, or the device's
end.
"""


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
    """The parcels that are out. `questions` and `lost` count what was sent more than once, and why."""

    def __init__(self, size: int, rng: random.Random) -> None:
        self.size = size
        self.questions = 0
        self.lost = 0
        self._rng = rng
        self._out: list[Parcel] = []
        self._again: list[set[int]] = []
        self._orders = 0
        self._asking = Backoff(rng, ASK_AFTER_MS, ASK_AT_MOST_EVERY_MS, 1 - JITTER, 1 + JITTER)
        self._answer: tuple[int, int] | None = None  # (order of the answered question, when its grace ends)
        self._told_to: int | None = None  # the last receipt says nothing of numbers past this
        self._allowed = size  # how many of this connection may be out
        self._before = 0  # the last order before this connection

    def __len__(self) -> int:
        return len(self._out) + len(self._again)

    @property
    def has_room(self) -> bool:
        """Whether something new may go out."""
        return len(self) < self.size and self._may_send

    def sent(self, numbers: set[int], now_ms: int) -> Parcel:
        """A parcel went out: for the first time, or because it was lost."""
        self._orders += 1
        parcel = Parcel(numbers, self._orders, now_ms, now_ms + self._asking.wait_ms())
        self._out.append(parcel)
        return parcel

    def next_lost(self) -> set[int] | None:
        """Takes the lowest lost parcel out of the window, to be sent again now."""
        return self._again.pop(0) if self._again and self._may_send else None

    def put_back(self, lost: set[int]) -> None:
        """It could not be sent just now after all."""
        self._again.insert(0, lost)

    def question(self, now_ms: int) -> Parcel | None:
        """The parcel to send again as a question, when it is time; then call `asked` or `gone`.

        It is the one with the lowest number, for no receipt can leave that out: it names the lowest ranges.
        """
        self._end_grace(now_ms)
        if self._answer is not None:
            return None
        lowest = self._lowest()
        return lowest if lowest is not None and now_ms >= lowest.ask_at_ms else None

    def asked(self, parcel: Parcel, now_ms: int) -> None:
        """The question went out."""
        self._orders += 1
        self.questions += 1
        self._asking.grow()
        self._allowed = 1
        parcel.order = self._orders
        parcel.sent_ms = now_ms
        parcel.asked += 1
        parcel.ask_at_ms = now_ms + self._asking.wait_ms()
        parcel.at_broker = False

    def gone(self, parcel: Parcel) -> None:
        """The outbox no longer holds what was in it."""
        self._out.remove(parcel)

    def settled(self, numbers: Numbers, now_ms: int, told_to: int | None = None) -> None:
        """A receipt came: these need not be sent again, whether they were out or not.

        `told_to`: it is cut short, and says nothing of numbers past this one.
        """
        self._told_to = told_to
        passed = answered = 0
        for parcel in self._out:
            left = {number for number in parcel.numbers if number not in numbers}
            if len(left) < len(parcel.numbers):
                # Of one sent twice nobody can say which copy arrived, so it proves nothing at once.
                passed = max(passed, parcel.order if not parcel.asked else 0)
                answered = max(answered, parcel.order if parcel.asked else 0)
            parcel.numbers = left
        done = sum(not parcel.numbers for parcel in self._out)
        self._out = [parcel for parcel in self._out if parcel.numbers]
        self._again = [left for lost in self._again if (left := {n for n in lost if n not in numbers})]
        self._lose(lambda parcel: parcel.order < passed and self._is_told(parcel))
        if passed or answered:
            self._allowed = min(self._allowed + done, self.size)
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
        self._allowed, self._before = 1, self._orders
        lowest = self._lowest()
        if lowest is not None and (not lowest.asked or now_ms - lowest.sent_ms >= ASK_AFTER_MS):
            lowest.ask_at_ms = now_ms + round(SOON_MS * self._rng.uniform(1, 2))

    def recall(self) -> None:
        """Send all again at once that has no receipt: it cannot wait for an answer."""
        self._lose(lambda _: True)

    def hurry(self) -> None:
        """The device is about to sleep or to end: ask after seconds, doubling, not after half a minute."""
        self._asking = Backoff(self._rng, SOON_MS, SOON_MS << 5, 1 - JITTER, 1 + JITTER)
        self._allowed = self.size
        for parcel in self._out:
            parcel.ask_at_ms = min(parcel.ask_at_ms, parcel.sent_ms + self._asking.wait_ms())

    @property
    def _may_send(self) -> bool:
        return sum(parcel.order > self._before for parcel in self._out) < self._allowed

    def _lowest(self) -> Parcel | None:
        return min(self._out, key=lambda parcel: min(parcel.numbers), default=None)

    def _is_told(self, parcel: Parcel) -> bool:
        return self._told_to is None or min(parcel.numbers) <= self._told_to

    def _be_patient_anew(self, now_ms: int) -> None:
        """Somebody settles things: the waits begin again with the shortest."""
        self._asking.reset()
        lowest = self._lowest()
        if lowest is not None:
            lowest.ask_at_ms = min(lowest.ask_at_ms, now_ms + self._asking.wait_ms())

    def _end_grace(self, now_ms: int) -> None:
        if self._answer is not None and now_ms >= self._answer[1]:
            order, self._answer = self._answer[0], None
            self._lose(lambda parcel: parcel.order < order and self._is_told(parcel))

    def _lose(self, is_lost: Callable[[Parcel], bool]) -> None:
        lost = [parcel for parcel in self._out if is_lost(parcel)]
        if lost:
            self.lost += len(lost)
            self._again = sorted([*self._again, *(parcel.numbers for parcel in lost)], key=min)
            self._out = [parcel for parcel in self._out if not is_lost(parcel)]
