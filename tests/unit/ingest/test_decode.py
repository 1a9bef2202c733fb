import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest.broker.message import Batch, Letter, Message
from ingest.decode import Decoder
from linli.refusal import Refusal

COMMUNITIES = {"garden": object()}
GOOD = b'{"epoch":"k3j9x2m4","first":1,"events":[{"seq":1,"kind":"telemetry","fill_pct":1}]}'


def decode(topic: bytes, payload: bytes):
    (arrival,) = Decoder().decode([Message(topic, payload, 1)], COMMUNITIES)
    return arrival


def test_a_batch_is_read():
    arrival = decode(b"linli/v1/garden/bin-1/events", GOOD)
    assert isinstance(arrival, Batch)
    assert arrival.device == ("garden", "bin-1")
    assert [event.seq for event in arrival.events] == [1]


def test_what_is_refused_has_its_reason():
    for topic, payload, reason in (
        (b"linli/v1/garden/bin-1/receipts", GOOD, "topic"),
        (b"linli/v2/garden/bin-1/events", GOOD, "topic"),
        (b"linli/v1/garden/\xff/events", GOOD, "topic"),
        (b"linli/v1/nowhere/bin-1/events", GOOD, "unknown_community"),
        (b"linli/v1/garden/bin-1/events", b"{", "json"),
        (b"linli/v1/garden/bin-1/events", b"{}", "schema"),
        (b"linli/v1/garden/bin-1/events", b" " * 65_537, "size"),
        (b"linli/v1/garden/bin-1/status", b'{"state":"asleep","session":"abcd1234"}', "schema"),
        (b"linli/v1/garden/bin-1/photos", b"no line end", "photo_header"),
    ):
        arrival = decode(topic, payload)
        assert isinstance(arrival, Letter), topic
        assert arrival.reason == reason, (topic, arrival)


def test_a_photo_with_the_wrong_hash_can_still_be_answered():
    arrival = decode(
        b"linli/v1/garden/bin-1/photos",
        b'{"epoch":"k3j9x2m4","seq":1,"sha256":"' + b"0" * 64 + b'"}\n\xff\xd8',
    )
    assert isinstance(arrival, Letter)
    assert arrival.reason == "photo_hash"
    assert arrival.photo is not None
    assert arrival.photo.sha256 == "0" * 64


names = st.sampled_from(
    [b"garden", b"nowhere", b"bin-1", b"events", b"photos", b"status", b"replies", b"linli", b"v1"]
)
somewhere = st.one_of(
    st.binary(max_size=40), st.lists(names | st.binary(max_size=5), max_size=6).map(b"/".join)
)
upward = st.sampled_from(
    [b"linli/v1/garden/bin-1/" + c for c in (b"events", b"photos", b"status", b"replies")]
)
json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["epoch", "first", "events", "seq", "kind", "ts", "fill_pct", "state", "session"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
).map(lambda value: msgspec.json.encode(value) if _encodable(value) else b"\xff")


def _encodable(value: object) -> bool:
    try:
        msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError, ValueError):
        return False
    return True


@given(topic=somewhere | upward, payload=st.binary(max_size=300) | json)
def test_nothing_that_bytes_can_do_gets_past_here(topic, payload):
    arrival = decode(topic, payload)
    if isinstance(arrival, Letter):
        assert isinstance(arrival.reason, Refusal)
        assert arrival.raw == payload
