"""MQTT 3.1.1 packets as bytes: enough of them to pass on, hold back, copy and understand a stream."""

PUBLISH, PUBACK, SUBACK = 3, 4, 9


def kind_of(packet: bytes) -> int:
    return packet[0] >> 4


def taken(data: bytearray) -> list[bytes]:
    """Takes the whole packets out of `data`."""
    found, at = [], 0
    while (end := _end_of(data, at)) is not None:
        found.append(bytes(data[at:end]))
        at = end
    del data[:at]
    return found


def number_of(packet: bytes) -> int:
    """The packet id of a PUBACK."""
    return int.from_bytes(packet[2:4], "big")


def published(packet: bytes) -> tuple[bytes, bytes, int | None]:
    """Topic and payload of a PUBLISH, and its packet id: None at QoS 0."""
    topic, end = _topic(packet)
    if packet[0] >> 1 & 3 == 0:
        return topic, packet[end:], None
    return topic, packet[end + 2 :], int.from_bytes(packet[end : end + 2], "big")


def renumbered(packet: bytes, number: int) -> bytes:
    """A PUBLISH of QoS 1 under another packet id."""
    _, end = _topic(packet)
    return packet[:end] + number.to_bytes(2, "big") + packet[end + 2 :]


def _topic(packet: bytes) -> tuple[bytes, int]:
    """The topic of a PUBLISH, and where what follows it begins."""
    at = 1
    while packet[at] >= 128:
        at += 1
    at += 1
    end = at + 2 + int.from_bytes(packet[at : at + 2], "big")
    return packet[at + 2 : end], end


def _end_of(data: bytearray, at: int) -> int | None:
    size = shift = 0
    for place in range(at + 1, min(at + 5, len(data))):
        size |= (data[place] & 127) << shift
        shift += 7
        if data[place] < 128:
            end = place + 1 + size
            return end if end <= len(data) else None
    return None
