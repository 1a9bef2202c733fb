"""Just enough MQTT 3.1.1 to load a broker: packets made beforehand, answers read in bulk.

A client library costs more than what is measured; this generator must not be the bottleneck.
Source: OASIS MQTT 3.1.1, sections 2.2, 3.1, 3.3, 3.4 and 3.8.
"""

from collections.abc import Iterator

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9


def connect(client_id: str) -> bytes:
    """CONNECT with a clean session and a keep-alive of ten minutes."""
    body = _text("MQTT") + bytes([4, 2]) + (600).to_bytes(2, "big") + _text(client_id)
    return bytes([0x10]) + _length(len(body)) + body


def subscribe(packet_id: int, topic: str) -> bytes:
    """SUBSCRIBE to one filter at QoS 0."""
    body = packet_id.to_bytes(2, "big") + _text(topic) + b"\x00"
    return bytes([0x82]) + _length(len(body)) + body


def publish(packet_id: int, topic: str, payload: bytes) -> bytes:
    """PUBLISH at QoS 1."""
    head = _text(topic) + packet_id.to_bytes(2, "big")
    return bytes([0x32]) + _length(len(head) + len(payload)) + head + payload


def split(buffer: bytearray) -> Iterator[tuple[int, int, bytes]]:
    """Take whole packets off the front of `buffer`: (type, flags, body)."""
    at = 0
    while True:
        end = _body(buffer, at)
        if end is None:
            break
        start, length = end
        yield buffer[at] >> 4, buffer[at] & 15, bytes(buffer[start : start + length])
        at = start + length
    del buffer[:at]


def topic_and_payload(flags: int, body: bytes) -> tuple[str, bytes]:
    """What a PUBLISH says."""
    length = int.from_bytes(body[:2], "big")
    start = 2 + length + (2 if flags & 6 else 0)
    return body[2 : 2 + length].decode(), body[start:]


def _body(buffer: bytearray, at: int) -> tuple[int, int] | None:
    length, shift, position = 0, 0, at + 1
    while position < len(buffer):
        byte = buffer[position]
        length |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return (position, length) if position + length <= len(buffer) else None
    return None


def _length(number: int) -> bytes:
    out = bytearray()
    while True:
        number, byte = divmod(number, 128)
        out.append(byte | (128 if number else 0))
        if not number:
            return bytes(out)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw
