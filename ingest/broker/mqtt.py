"""The connection to the broker: paho-mqtt 2.x, driven from our own select loop.

paho's threads cost twice the CPU, so ingest uses its documented external loop: `loop_read` for what the
broker says, `loop_write` when paho has packets, `loop_misc` for the keep-alive. Messages, of which there are
thousands, go past paho. Everything happens inside `turn`.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.enums import MQTTErrorCode

from ingest.broker.client import KEEPALIVE_S, Broker, make_client
from ingest.broker.link import Link
from ingest.broker.message import Message
from ingest.broker.packets import PINGREQ, PUBLISH, message_of, pubacks, publish_packet
from ingest.broker.retry import Retry
from ingest.broker.stream import Stream
from ingest.broker.watch import Watch

log = logging.getLogger("ingest.broker.mqtt")

READY_WITHIN_S = 15.0
"""From the first SYN to the SUBACK; then we hang up and try again."""
READS_A_TURN = 2_000
"""Messages after which `turn` returns though there are more (`more` says so): others have their turn, too."""


class Mqtt:
    """A persistent session (MQTT 3.1.1, QoS 1, acknowledged by hand) that reconnects by itself.

    `deliver` is called for every message; `clock` gives ms UTC.
    """

    def __init__(
        self,
        broker: Broker,
        filters: Sequence[str],
        deliver: Callable[[Message], None],
        clock: Callable[[], int],
        seed: int | None = None,
    ) -> None:
        self._filters = [(each, 1) for each in filters]
        self._deliver = deliver
        self._clock = clock
        self._watch = Watch()
        self._retry = Retry(seed)
        self._deadline = 0.0
        self._ping_at = 0.0
        """When to say again that we are there, while nothing is read."""
        self.state = Link.WAITING
        self.connection = 0
        """Counts connections. A message of another one is never acknowledged."""
        self.more = False
        """The last turn has left something to read, as far as it knows."""
        self.unconfirmed: set[int] = set()
        """Packet ids of our own QoS 1 messages that the broker has not taken yet."""
        self._client = make_client(broker)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_disconnect = self._on_disconnect

    @property
    def ready(self) -> bool:
        """Connected and subscribed."""
        return self.state is Link.READY

    def turn(self, timeout_s: float, *, read: bool = True) -> None:
        """One turn of the loop: waits at most `timeout_s` for the broker, then does all that is to be done.

        With `read` False what the broker sends is left where it is, and no connection is begun: that is the
        back-pressure.
        """
        self.more = False
        if self.state is Link.CLOSED:
            return
        now = time.monotonic()
        if self.state is Link.WAITING:
            if now < self._retry.at or not read:
                time.sleep(max(0.0, min(timeout_s, self._retry.at - now)) if read else timeout_s)
                return
            self._connect(now)
        read = read or self.state is not Link.READY
        stream = self._client.stream
        if stream is not None and self.state is not Link.WAITING:
            self._exchange(stream, timeout_s, read)
        self._keep_alive(now, read)
        if self.state in {Link.CONNECTING, Link.SUBSCRIBING} and time.monotonic() > self._deadline:
            self._hang_up("the broker did not answer in time")

    def ack(self, messages: Sequence[Message]) -> int:
        """Acknowledge those of `messages` that came on the connection that is open now; returns how many."""
        stream = self._client.stream
        if stream is None or self.state in {Link.WAITING, Link.CLOSED}:
            return 0
        mids = [m.mid for m in messages if m.qos == 1 and m.connection == self.connection]
        if self._client.want_write():  # never between the halves of one of paho's packets
            self._client.loop_write()
        # paho's ack() would make a packet and a call of each; the bytes are the same.
        stream.append(pubacks(mids))
        stream.flush()
        return len(mids)

    def send(self, topic: str, payload: bytes) -> bool:
        """Send a message at QoS 0; False when there is no connection to send it on, or it is full."""
        stream = self._client.stream
        if stream is None or self.state is not Link.READY:
            return False
        if self._client.want_write():
            self._client.loop_write()
        try:
            # paho's publish() would cost ten times as much, and receipts are half of what ingest sends.
            stream.send(publish_packet(topic.encode(), payload))
        except BlockingIOError:
            return False
        return True

    def publish(self, topic: str, payload: bytes) -> int | None:
        """Send a message at QoS 1; returns its packet id, or None when there is no connection.

        The id is in `unconfirmed` until the broker has taken it; after a reconnect paho sends it again.
        """
        if self.state is not Link.READY:
            return None
        info = self._client.publish(topic, payload, 1)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        self.unconfirmed.add(info.mid)
        return info.mid

    def flush(self) -> None:
        """Send what was published or acknowledged."""
        if self._client.stream is not None:
            self._client.stream.flush()

    def leave(self) -> None:
        """Say good-bye until the next `turn`. The session, and what it still holds, is for whoever comes
        next.
        """
        if self.state in {Link.WAITING, Link.CLOSED}:
            return
        self._client.disconnect()
        self.flush()
        self._hang_up("left")
        self._retry.at_once()

    def close(self) -> None:
        """Say good-bye; the session stays with the broker."""
        if self.state not in {Link.WAITING, Link.CLOSED}:
            self._client.disconnect()
            self.flush()
        self.state = Link.CLOSED
        self._watch.close()

    def _connect(self, now: float) -> None:
        self._deadline = now + READY_WITHIN_S
        self.state = Link.CONNECTING
        self.connection += 1
        try:
            self._client.reconnect()
        except (OSError, ValueError) as error:  # ValueError: a name that no resolver can encode
            self._lost(f"{type(error).__name__}: {error}")

    def _exchange(self, stream: Stream, timeout_s: float, read: bool) -> None:
        if self._client.want_write():
            self._client.loop_write()
        stream.flush()
        write = bool(stream.unsent)
        if not (read or write or stream.broken):
            time.sleep(timeout_s)
            return
        if not stream.broken:
            within_s = 0 if read and stream.pending else timeout_s
            ready = self._watch.wait(stream, within_s, read=read, write=write)
            if not (ready or stream.pending):
                return
        if read or stream.broken:
            self._read(stream)
            self.more = stream.more
        stream.flush()

    def _read(self, stream: Stream) -> None:
        if not stream.pending:
            stream.fill()
        now_ms, healthy = self._clock(), True
        try:
            for packet in stream.packets(READS_A_TURN):
                if packet[0] >> 4 == PUBLISH:
                    topic, payload, qos, mid, retained = message_of(packet)
                    self._deliver(Message(topic, payload, now_ms, qos, mid, self.connection, retained))
                else:
                    stream.give(packet)
                    healthy &= self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        except ValueError as error:  # no broker says this: whatever it is, it cannot be followed any more
            self._hang_up(str(error))
            return
        if stream.broken:
            healthy &= self._client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        if not healthy and self.state not in {Link.WAITING, Link.CLOSED}:
            self._lost("the connection broke")

    def _keep_alive(self, now: float, read: bool) -> None:
        stream = self._client.stream
        if not read:  # the answers lie unread too, and paho would take that for the end
            if now >= self._ping_at and stream is not None and not stream.unsent:
                self._ping_at = now + KEEPALIVE_S / 2
                stream.send(PINGREQ)
        elif self._client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS and self.state is not Link.WAITING:
            self._lost("keep-alive failed")

    def _hang_up(self, why: str) -> None:
        if self._client.stream is not None:
            self._client.stream.close()
        self._lost(why)

    def _lost(self, why: str) -> None:
        self.state = Link.WAITING
        self._watch.forget()
        delay = self._retry.failed(time.monotonic())
        log.warning("broker away", extra={"why": why, "retry_s": round(delay, 1)})

    def _on_connect(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("the broker refused us", extra={"reason": str(reason)})
            return
        log.info("connected", extra={"session_present": bool(flags.session_present)})
        self.state = Link.SUBSCRIBING
        # Again also where the session is there: it makes the broker send what is retained on `status`.
        self._client.subscribe(self._filters)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker refused a subscription", extra={"reasons": str(reasons)})
            return
        self._retry.worked()
        self.state = Link.READY
        log.info("subscribed", extra={"connection": self.connection})

    def _on_publish(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self.unconfirmed.discard(mid)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self.state not in {Link.WAITING, Link.CLOSED}:
            self._lost(str(reason))
