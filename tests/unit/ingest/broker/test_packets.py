import paho.mqtt.client as paho
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.packets import end_of_packet, message_of, pubacks, publish_packet


@given(
    st.binary(min_size=1, max_size=30),
    st.integers(0, 20_000).map(bytes) | st.binary(max_size=200),
    st.integers(0, 1),
    st.integers(1, 65_535),
    st.booleans(),
)
def test_a_publish_is_read_as_it_was_made(topic, payload, qos, packet_id, retained):
    body = len(topic).to_bytes(2, "big") + topic + (packet_id.to_bytes(2, "big") if qos else b"") + payload
    length = bytearray()
    paho.Client(CallbackAPIVersion.VERSION2)._pack_remaining_length(length, len(body))
    packet = bytes([0x30 | qos << 1 | retained]) + bytes(length) + body
    assert end_of_packet(b"zz" + packet + b"more", 2) == 2 + len(packet)
    assert all(end_of_packet(packet[:n], 0) is None for n in {0, 1, 2, len(packet) // 2, len(packet) - 1})
    assert message_of(packet) == (topic, payload, qos, packet_id if qos else 0, retained)
    if not qos and not retained:
        assert publish_packet(topic, payload) == packet


@pytest.mark.parametrize(
    "packet", [b"\x32\x01\x00", b"\x32\x05\x00\x03top", b"\x30\x02\x00\x09", b"\x30\x00"]
)
def test_a_publish_that_is_too_short_is_an_error(packet):
    with pytest.raises(ValueError, match="shorter"):
        message_of(packet)


def test_acknowledgements_keep_their_order():
    assert pubacks([1, 258]) == b"\x40\x02\x00\x01\x40\x02\x01\x02"
