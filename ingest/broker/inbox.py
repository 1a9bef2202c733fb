"""The messages that wait to be committed, and when they have waited long enough."""

from collections import deque
from itertools import islice

from ingest.broker.message import Message

GROUP_MAX_BYTES = 1024 * 1024
"""Of batches of 20: 8,000 events, and 9 MB while they are worked on. Twice as many cost no less an event."""
HELD_MAX_BYTES = 16 * 1024 * 1024
HELD_MAX_MESSAGES = 8_000
"""Past either nothing more is read from the socket: the broker keeps the rest."""


class Inbox:
    """Messages in order of arrival. A group is the oldest of them: so many, so many bytes, or so many ms."""

    def __init__(self, group_ms: int, group_messages: int) -> None:
        self._group_ms = group_ms
        self._group_messages = group_messages
        self._messages: deque[Message] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        self._messages.append(message)
        self.bytes += len(message.payload)

    @property
    def has_room(self) -> bool:
        """More may be read."""
        return self.bytes < HELD_MAX_BYTES and len(self._messages) < HELD_MAX_MESSAGES

    @property
    def has_group(self) -> bool:
        """A whole group waits: there is no reason to wait for more."""
        return len(self._messages) >= self._group_messages or self.bytes >= GROUP_MAX_BYTES

    def wait_ms(self, now_ms: int) -> int | None:
        """How long until a group is due: 0 is now, None is not before something arrives."""
        if not self._messages:
            return None
        if self.has_group:
            return 0
        age_ms = now_ms - self._messages[0].received_ms
        # A clock that was set back must not hold a group for hours.
        return self._group_ms - age_ms if 0 <= age_ms < self._group_ms else 0

    def group(self) -> list[Message]:
        """The next group. It stays here until `done`."""
        chosen: list[Message] = []
        size = 0
        for message in islice(self._messages, self._group_messages):
            size += len(message.payload)
            if chosen and size > GROUP_MAX_BYTES:
                break
            chosen.append(message)
        return chosen

    def move(self, by_ms: int, now_ms: int) -> None:
        """Our own clock was set by so much: what waits came at other times, but for what came since."""
        for message in self._messages:
            at = message.received_ms
            if at > now_ms or (by_ms > 0 and at + by_ms <= now_ms):
                message.received_ms = min(at + by_ms, now_ms)

    def clear(self) -> None:
        """Forget all of it: it is for another to commit."""
        self._messages.clear()
        self.bytes = 0

    def done(self, group: list[Message]) -> None:
        """It is committed."""
        for message in group:
            self._messages.popleft()
            self.bytes -= len(message.payload)
