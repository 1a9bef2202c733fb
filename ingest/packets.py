"""The two packets that ingest sends by the thousand, as bytes; paho would make an object of each."""

import struct
from collections.abc import Iterable

_PUBACK = struct.Struct("!BBH")


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """PUBACKs in this order (MQTT 3.1.1, section 3.4)."""
    return b"".join([_PUBACK.pack(0x40, 2, packet_id) for packet_id in packet_ids])


def publish_packet(topic: bytes, payload: bytes) -> bytes:
    """A PUBLISH at QoS 0 (MQTT 3.1.1, section 3.3)."""
    remaining = 2 + len(topic) + len(payload)
    length = bytearray()
    while remaining > 127:
        length.append(remaining & 127 | 128)
        remaining >>= 7
    length.append(remaining)
    return b"".join((b"\x30", length, len(topic).to_bytes(2, "big"), topic, payload))
