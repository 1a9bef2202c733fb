"""Whatever arrives, ingest lives, good events beside it are kept, and what comes again changes nothing."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.broker.message import Message
from tests.unit.ingest.house import NOW, House, deposit, fill, jpeg

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["telemetry", "deposit", "kitchen", "battery", "\x00", "online", "k3j9x2m4"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "epoch",
                    "first",
                    "sent",
                    "events",
                    "seq",
                    "ts",
                    "kind",
                    "fill_pct",
                    "ext",
                    "state",
                    "session",
                ]
            ),
            inner,
        )
    ),
    max_leaves=15,
)
near_misses = st.fixed_dictionaries(
    {
        "epoch": st.just("k3j9x2m4") | values,
        "first": st.integers(1, 9) | values,
        "events": st.lists(values, max_size=3),
    }
)


def encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError, ValueError):
        return repr(value).encode("utf-8", "backslashreplace")


topics = st.sampled_from(
    [
        f"linli/v1/garden/{d}/{c}".encode()
        for d in ("bin-1", "bin-9")
        for c in ("events", "photos", "status", "replies")
    ]
    + [b"linli/v1/nowhere/x/events", b"linli/v1/garden/bin-1/receipts", b"$SYS/x", b"\xff\x00", b""]
) | st.binary(max_size=30)
payloads = (values | near_misses).map(encoded) | st.binary(max_size=200)
garbage = st.lists(st.builds(Message, topics, payloads, st.just(NOW), st.just(1)), max_size=8)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=garbage, after=garbage, apart=st.booleans())
def test_garbage_costs_its_neighbours_nothing(before, after, apart, tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    try:
        good = house.batch(fill(10), deposit("battery", "hazardous"), epoch="goodone1", device="garden/cam-1")
        if apart:
            for message in (*before, good, *after):
                house.take(message)
        else:
            house.take(*before, good, *after)
        (ledger,) = [row for row in house.store.ledger("garden", "cam-1") if row.epoch == "goodone1"]
        assert (ledger.received, ledger.settled.through) == (2, 2)
        assert "store_refused" not in house.reasons(), "a stage failed for bytes that decoding let through"
        everything, letters = house.dump(), sum(house.reasons().values())
        house.now += 60_000
        house.start()
        house.take(*before, good, *after)
        again = house.dump()
        for table in ("events", "places", "deposits", "compliance_counts", "photos"):
            assert again[table] == everything[table], table
        assert sum(house.reasons().values()) >= letters
    finally:
        house.store.close()


def test_resending_all_history_changes_no_count_no_alert_no_row(house):
    at = NOW - 3_600_000
    history = [
        house.batch(*[fill(50 + i, seq=i, ts=at + i * 1_000) for i in range(1, 50)]),
        house.batch(*[deposit("battery", "hazardous", seq=i, ts=at + i * 1_000) for i in range(50, 60)]),
        house.batch(*[deposit("food_waste", "kitchen", seq=i, ts=at + i * 1_000) for i in range(60, 70)]),
        house.photo(jpeg(), seq=55),
        house.batch(fill(95), fill(96), device="garden/bin-7"),
        house.batch({"seq": 70, "kind": "fault", "code": "scale"}, {"seq": 71, "kind": "nonsense"}),
    ]
    house.take(*history)
    before = house.dump()
    assert before["alerts"]
    assert before["compliance_counts"]
    for _ in range(2):
        house.now += 86_400_000
        house.start()
        for message in reversed(history):
            message.received_ms = house.now
            house.take(message)
        assert house.dump() == before
