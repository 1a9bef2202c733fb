"""A device's way to its broker: connects, says who it is, lets the courier work, and comes back when cut
off.
"""

import logging
import random
import secrets
from collections.abc import Callable
from socket import socket as Socket  # noqa: N812 - a method here is called socket
from typing import Any, Literal

import paho.mqtt.client as paho

from edge.backoff import Backoff
from edge.connecting import Connecting
from edge.courier import Courier
from edge.identity import Identity
from edge.outbox import Outbox
from edge.session import Broker, Session
from linli.events import encode
from linli.messages import Reply
from linli.topics import Channel

__all__ = ["Broker", "Publisher"]

log = logging.getLogger(__name__)

PATIENCE_MS = 10_000
"""How long a connection may take to open, and the broker to greet."""
GOODBYE_S = 1.0
RETRY_MS, RETRY_AT_MOST_EVERY_MS = 1_000, 60_000
STABLE_MS = 10_000
"""A connection that stood for less counts as a failure: two devices under one name would else chase each
other for ever.
"""

SUBSCRIBED = ((Channel.RECEIPTS, 0), (Channel.COMMANDS, 1))

OnCommand = Callable[[bytes], Reply | None]


class Publisher:
    """Holds no thread: select on `socket()`, call `readable`, `writable` and `step` (edge.loop does).

    A new session, with nothing left of the old one, is made at each connection: what paho or the broker would
    keep of an old session is a second outbox, and ours is enough. Times are steady ms, but for `wall_ms`.
    """

    def __init__(
        self,
        identity: Identity,
        outbox: Outbox,
        broker: Broker,
        rng: random.Random,
        on_command: OnCommand | None = None,
    ) -> None:
        self.identity = identity
        self.courier = Courier(outbox, self._send, rng)
        self.on_command = on_command
        self.connections = 0
        self._broker = broker
        self._backoff = Backoff(rng, RETRY_MS, RETRY_AT_MOST_EVERY_MS, 0.5, 1.0)
        self._retry_at: int | None = None
        self._connecting: Connecting | None = None
        self._session: Session | None = None
        self._session_id = ""
        self._patience_ends = 0
        self._online_since: int | None = None
        self._heard_ms = 0
        self._broken: str | None = None
        self._now_ms = self._wall_ms = 0

    @property
    def online(self) -> bool:
        """Whether the broker has greeted us."""
        return self._online_since is not None

    @property
    def counts(self) -> dict[str, int]:
        """What happened so far, for logs, tests and truth files."""
        courier = self.courier
        return {
            "connections": self.connections,
            "receipts": courier.receipts,
            "foreign_receipts": courier.foreign,
            "malformed_receipts": courier.malformed,
            "questions": courier.questions,
            "lost": courier.lost,
            "dropped": courier.outbox.dropped,
            "photos_dropped": courier.outbox.photos_dropped,
            "replaced": courier.outbox.replaced,
        }

    def socket(self) -> Socket | None:
        """What to select on, if anything."""
        if self._connecting is not None:
            return self._connecting.socket
        return self._session.given if self._session is not None else None

    @property
    def wants_write(self) -> bool:
        """Whether to select for writing too."""
        return self._connecting is not None or (self._session is not None and self._session.want_write())

    def readable(self, now_ms: int, wall_ms: int) -> None:
        """The socket has something to read."""
        self._now_ms, self._wall_ms = now_ms, wall_ms
        self._heard_ms = now_ms
        if self._session is not None:
            try:
                self._session.loop_read()
            except UnicodeDecodeError:  # paho decodes a topic only when it is asked for
                self._broken = "the broker sent a topic that is no text"
        self._mend()

    def writable(self, now_ms: int, wall_ms: int) -> None:
        """The socket takes something, or its connection was opened or refused."""
        self._now_ms, self._wall_ms = now_ms, wall_ms
        if self._connecting is not None:
            try:
                if self._connecting.writable():
                    self._greet(self._connecting.socket)
            except OSError as error:
                self._broken = str(error)
        elif self._session is not None:
            self._session.loop_write()
        self._mend()

    def step(self, now_ms: int, wall_ms: int) -> None:
        """Do what is due: connect, give up waiting, keep alive, send. Often; cheap when nothing is due."""
        self._now_ms, self._wall_ms = now_ms, wall_ms
        self.courier.watch(now_ms, wall_ms)
        if self._session is None and self._connecting is None:
            if self._retry_at is None or now_ms >= self._retry_at:
                self._connect()
        elif not self.online and now_ms >= self._patience_ends:
            self._broken = "no answer in time"
        elif self._session is not None:
            self._session.loop_misc()
            if self._is_silent():
                self._broken = "the broker has fallen silent"
            elif self.online:
                self.courier.step(now_ms, wall_ms)
        self._mend()

    def close(self, wall_ms: int) -> None:
        """Say offline and leave; the broker then needs no will. Waits two seconds at most."""
        if self._session is not None and self.online:
            self._session.given.settimeout(GOODBYE_S)
            self._wall_ms = wall_ms
            self._publish_status(self._session, "offline")
            self._session.part(GOODBYE_S)
        self._forget()

    def _is_silent(self) -> bool:
        """Whether it owes an acknowledgement for as long as an idle connection may be idle.

        A cable pulled behind a router, or a broker that stands still, breaks no connection by itself, and
        paho finds out only by a ping after that time, and as long again without its answer.
        """
        silent_since = self._now_ms - self._broker.keepalive_s * 1000
        if self._heard_ms > silent_since:
            return False
        owed = self.courier.untaken_since
        return owed is not None and owed <= silent_since

    def _connect(self) -> None:
        self._patience_ends = self._now_ms + PATIENCE_MS
        try:
            self._connecting = Connecting(self._broker.host, self._broker.port)
        except OSError as error:
            self._broken = str(error)

    def _greet(self, sock: Socket) -> None:
        self._connecting = None
        # A session's name is an identity, not a sample: no seed may make two alike.
        self._session_id = secrets.token_hex(8)
        session = Session(sock, self._broker, f"{self.identity.community}.{self.identity.device}")
        session.on_connect = self._on_connect
        session.on_disconnect = self._on_disconnect
        session.on_publish = self._on_publish
        session.on_message = self._on_message
        session.will_set(
            self.identity.topic(Channel.STATUS),
            self.identity.will(self._session_id),
            qos=1,
            retain=True,
        )
        self._session = session
        session.open()

    def _on_connect(self, session: paho.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self._broken = f"refused by the broker: {reason}"
            return
        self._online_since = self._now_ms
        self.connections += 1
        log.info("%s: connected to %s:%d", self.identity, self._broker.host, self._broker.port)
        # Subscribed before anything is sent, so that no receipt is missed.
        session.subscribe([(self.identity.topic(channel), qos) for channel, qos in SUBSCRIBED])
        self._publish_status(session, "online")
        self.courier.connected(self._now_ms)

    def _publish_status(self, session: paho.Client, state: Literal["online", "offline"]) -> None:
        status = self.identity.status(state, self._session_id, self._wall_ms)
        session.publish(self.identity.topic(Channel.STATUS), status, qos=1, retain=True)

    def _on_publish(self, _: paho.Client, __: Any, number: int, ___: Any, ____: Any) -> None:
        self.courier.taken(number)

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        if message.topic == self.identity.topic(Channel.RECEIPTS):
            self.courier.receipt(bytes(message.payload), self._now_ms, self._wall_ms)
        elif message.topic == self.identity.topic(Channel.COMMANDS) and self.on_command is not None:
            reply = self.on_command(bytes(message.payload))
            if reply is not None:
                self._send(Channel.REPLIES, encode(reply))

    def _on_disconnect(self, _: paho.Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        # Only noted: this may be called from the middle of a publish.
        self._broken = self._broken or str(reason)

    def _send(self, channel: Channel, payload: bytes) -> int | None:
        if self._session is None or self._broken is not None:
            return None
        return self._session.hand_over(self.identity.topic(channel), payload)

    def _mend(self) -> None:
        """After anything that may have broken the connection."""
        if self._broken is None:
            return
        if self._online_since is not None:
            if self._now_ms - self._online_since >= STABLE_MS:
                self._backoff.reset()
            self.courier.disconnected()
        wait_ms = self._backoff.wait_ms()
        self._backoff.grow()
        log.warning("%s: no connection (%s); again in %.1f s", self.identity, self._broken, wait_ms / 1000)
        self._forget()
        self._retry_at = self._now_ms + wait_ms

    def _forget(self) -> None:
        if self._connecting is not None:
            self._connecting.give_up()
        if self._session is not None:
            self._session.leave()
        self._connecting = self._session = self._online_since = self._broken = None
