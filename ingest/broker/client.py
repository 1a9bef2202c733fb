"""paho's client as ingest needs it: MQTT 3.1.1, a persistent session, acknowledged by hand, our stream."""

import socket
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.stream import Stream

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom we come."""

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = ""


class Client(paho.Client):
    """paho with our stream around its socket; it offers no public place to put one."""

    stream: Stream | None = None

    def _create_socket(self) -> Any:
        sock = super()._create_socket()
        if not isinstance(sock, socket.socket):
            raise TypeError(f"paho-mqtt made a {type(sock).__name__} instead of a socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Nagle costs 44 ms a round trip
        self.stream = Stream(sock)
        return self.stream


def make_client(broker: Broker) -> Client:
    """A client that is not connected yet; its callbacks are the caller's to set."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=False,
        protocol=paho.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    if broker.username:
        client.username_pw_set(broker.username, broker.password or None)
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.connect_async(broker.host, broker.port, KEEPALIVE_S)
    return client
