"""The packets that come and go by the thousand, as bytes; paho would make several objects of each.

MQTT 3.1.1: sections 2.2 (the length), 3.3 (PUBLISH), 3.4 (PUBACK), 3.12 (PINGREQ).
"""

import struct
from collections.abc import Iterable

PUBLISH = 3
PINGREQ = b"\xc0\x00"
_PUBACK = struct.Struct("!BBH")


def end_of_packet(data: bytes, at: int) -> int | None:
    """Where the packet that begins at `at` ends; None while it is not whole.

    Raises ValueError for a length that no packet has.
    """
    length = shift = 0
    for position in range(at + 1, min(at + 5, len(data))):
        byte = data[position]
        length |= (byte & 127) << shift
        if byte < 128:
            end = position + 1 + length
            return end if end <= len(data) else None
        shift += 7
    if len(data) >= at + 5:
        raise ValueError("a packet's length has more than four bytes")
    return None


def message_of(packet: bytes) -> tuple[bytes, bytes, int, int, bool]:
    """What a PUBLISH carries: topic, payload, QoS, packet id (0 at QoS 0), whether it is retained.

    Raises ValueError for one that is too short for what it says.
    """
    start = 2
    while packet[start - 1] > 127:
        start += 1
    qos = packet[0] >> 1 & 3
    end = start + 2 + int.from_bytes(packet[start : start + 2], "big")
    body = end + 2 if qos else end
    if body > len(packet):
        raise ValueError("a PUBLISH is shorter than its topic")
    packet_id = packet[end] << 8 | packet[end + 1] if qos else 0
    return packet[start + 2 : end], packet[body:], qos, packet_id, bool(packet[0] & 1)


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
