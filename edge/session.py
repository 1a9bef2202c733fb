"""One MQTT connection over a socket that is already connected: paho, driven from someone else's select
loop.
"""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

MAX_IN_FLIGHT = 20


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is. `keepalive_s`: how often, in seconds, an idle connection shows that it lives, and
    how long a broker may owe an answer.
    """

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    keepalive_s: int = 60


class Session(paho.Client):
    """paho on a given socket, MQTT 3.1.1 with a clean session: nothing of it outlives the connection.

    paho opens its own sockets blocking and with Nagle's algorithm, and has no other place to give it one.
    """

    def __init__(self, sock: socket.socket, broker: Broker, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        self.given = sock
        self._broker = broker
        self.max_inflight_messages_set(MAX_IN_FLIGHT)
        if broker.username is not None:
            self.username_pw_set(broker.username, broker.password)

    def open(self) -> None:
        """Send CONNECT. Set the callbacks and the will before."""
        self.connect(self._broker.host, self._broker.port, self._broker.keepalive_s)

    def _create_socket(self) -> Any:
        return self.given

    def part(self, within_s: float) -> None:
        """Send DISCONNECT, and wait so long at most until the broker has read up to it.

        A socket closed with anything unread is reset, and a broker that finds it reset need not read on: our
        will would follow our goodbye, or stand in its place.
        """
        ends = time.monotonic() + within_s
        with suppress(OSError), self.given.dup() as line:  # paho closes its own once DISCONNECT is sent
            self.disconnect()
            line.shutdown(socket.SHUT_WR)
            while (left_s := ends - time.monotonic()) > 0:
                line.settimeout(left_s)
                if not line.recv(65_536):
                    break

    def leave(self) -> None:
        """Close the socket at once and hear no more of it. Without DISCONNECT before, the broker sends our
        will.
        """
        self.on_connect = self.on_disconnect = self.on_publish = self.on_message = None
        self.given.close()

    def hand_over(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Publish at QoS 1. The message's number on this connection; None when the connection just broke."""
        info = self.publish(topic, payload, qos=1, retain=retain)
        return info.mid if info.rc == paho.MQTT_ERR_SUCCESS else None
