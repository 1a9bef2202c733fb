"""Receipts: what is settled, told to each device at most once a second."""

from collections import deque
from collections.abc import Callable, Mapping

from ingest.draft import NOTHING_BESIDE, Answer
from ingest.memory import LedgerKey
from linli import topics
from linli.errors import StoreUnavailable
from linli.events import encode
from linli.messages import RANGES_IN_RECEIPT, REFUSED_IN_RECEIPT, Receipt
from linli.ports.operational import DeviceKey
from linli.ports.rows import LedgerRow

EVERY_MS = 1_000
PHOTOS_MAX = 64
EPOCHS_MAX = 8
"""Epochs of one device that can wait for their receipt; an older one will ask again."""


class Receipts:
    """Sends the first receipt at once; what comes within a second of it goes with the next.

    `ledger` gives a ledger as it is committed, `send` returns False when it could not be sent. Times to wait
    are by the steady clock; the wall's is what a receipt says.
    """

    def __init__(
        self,
        ledger: Callable[[LedgerKey], LedgerRow],
        send: Callable[[str, bytes], bool],
        wall: Callable[[], int],
    ) -> None:
        self._ledger = ledger
        self._send_out = send
        self._wall = wall
        self._waiting: dict[DeviceKey, dict[str, Answer]] = {}
        """By epoch, the oldest first."""
        self._quiet: set[DeviceKey] = set()
        """Devices that got a receipt less than a second ago."""
        self._ends: deque[tuple[int, DeviceKey]] = deque()
        """When each of them may get the next: in order, since all wait equally long."""
        self._sent = 0

    def note(self, answers: Mapping[LedgerKey, Answer], steady_ms: int) -> None:
        """After a commit: these devices are to be answered."""
        may_go: list[DeviceKey] = []
        for (community, device, epoch), answer in answers.items():
            key = (community, device)
            waiting = self._waiting.get(key)
            if waiting is None:
                waiting = self._waiting[key] = {}
            known = waiting.get(epoch)
            if known is None or known is NOTHING_BESIDE:
                waiting[epoch] = answer
                if len(waiting) > EPOCHS_MAX:
                    del waiting[next(iter(waiting))]
            elif answer is not NOTHING_BESIDE:
                known.photos += answer.photos
                known.refused = (known.refused + answer.refused)[-REFUSED_IN_RECEIPT:]
            if key not in self._quiet:
                may_go.append(key)
        for key in may_go:
            if key not in self._quiet:  # it may have two epochs here
                self._send(key, steady_ms)

    def tick(self, steady_ms: int) -> None:
        """Send what has waited for its second to pass."""
        while self._ends and self._ends[0][0] <= steady_ms:
            _, key = self._ends.popleft()
            self._quiet.discard(key)
            if key in self._waiting:
                self._send(key, steady_ms)

    def take_sent(self) -> int:
        """How many were sent since this was last asked."""
        sent, self._sent = self._sent, 0
        return sent

    def wait_ms(self, steady_ms: int) -> int | None:
        """How long until `tick` has something to do; None when nothing waits."""
        return max(0, self._ends[0][0] - steady_ms) if self._ends and self._waiting else None

    def _send(self, key: DeviceKey, steady_ms: int) -> None:
        waiting = self._waiting[key]
        epoch, answer = next(iter(waiting.items()))
        self._quiet.add(key)
        self._ends.append((steady_ms + EVERY_MS, key))
        try:
            receipt = compose(epoch, self._ledger((*key, epoch)), answer, self._wall())
        except StoreUnavailable:
            return  # it waits too
        if not self._send_out(topics.receipts(*key), encode(receipt)):
            return  # no broker: it waits, and says more when it goes
        self._sent += 1
        del waiting[epoch]
        if not waiting:
            del self._waiting[key]


def compose(epoch: str, ledger: LedgerRow, answer: Answer, now_ms: int) -> Receipt:
    """The receipt of one ledger, bounded: the lowest ranges, the newest photos."""
    settled = ledger.settled
    photos = list(dict.fromkeys(reversed(answer.photos)))[:PHOTOS_MAX]
    return Receipt(
        epoch=epoch,
        through=settled.through,
        ranges=settled.beyond()[:RANGES_IN_RECEIPT],
        photos=photos[::-1],
        refused=answer.refused[-REFUSED_IN_RECEIPT:],
        now=now_ms,
    )
