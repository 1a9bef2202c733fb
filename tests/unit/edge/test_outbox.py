"""The outbox: numbers, receipts, restarts."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import OutboxError
from edge.outbox import UNNUMBERED
from edge.outboxfile import open_outbox
from linli.events import Fault, Telemetry, decode_event
from tests.unit.edge.contents import JPEG, deposit, held, reading, receipt


def test_numbers_count_up_by_one_and_are_in_the_events(outbox):
    events = [outbox.append(reading(fill)) for fill in (1.0, 2.0)]
    events += outbox.append_all([reading(3.0), reading(4.0)])
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [decode_event(one.body) for one in outbox.events_after(0, 10)] == events
    assert (outbox.given, outbox.held, outbox.first()) == (4, 4, 1)


def test_a_restart_goes_on_counting_in_the_same_epoch(path):
    before = open_outbox(path)
    before.append_all([reading(), reading()])
    before.settle(receipt(before, through=2))
    before.close()
    after = open_outbox(path)
    assert after.epoch == before.epoch
    assert after.empty
    assert after.append(reading()).seq == 3
    after.close()


def test_a_new_file_is_a_new_epoch(tmp_path):
    one, other = open_outbox(tmp_path / "one"), open_outbox(tmp_path / "other")
    assert one.epoch != other.epoch
    one.close()
    other.close()


def test_only_what_a_receipt_names_is_deleted(outbox):
    outbox.append_all([reading()] * 10)
    outbox.settle(receipt(outbox, through=3, ranges=[(5, 6), (9, 9)]))
    assert held(outbox) == [4, 7, 8, 10]
    assert outbox.first() == 4


def test_receipts_may_come_late_twice_and_out_of_order(outbox):
    outbox.append_all([reading()] * 10)
    for one in (
        receipt(outbox, through=5, ranges=[(8, 8)]),
        receipt(outbox, through=2),
        receipt(outbox, through=5, ranges=[(8, 8)]),
        receipt(outbox, through=9),
    ):
        assert outbox.settle(one) is not None
    assert held(outbox) == [10]


def test_a_receipt_for_another_epoch_is_not_ours(outbox):
    outbox.append(reading())
    assert outbox.settle(receipt(outbox, through=1, epoch="anotherone")) is None
    assert held(outbox) == [1]


@pytest.mark.parametrize(
    ("through", "ranges"),
    [(2**70, []), (-(2**70), [(1, 2**80)]), (0, [(-5, 3)]), (3, [(3, 1), (2, 2)])],
)
def test_numbers_never_given_out_are_not_believed(outbox, through, ranges):
    outbox.append_all([reading()] * 3)
    settled = outbox.settle(receipt(outbox, through=through, ranges=ranges))
    assert settled is not None
    assert settled.count == 3
    assert outbox.empty
    assert outbox.append(reading()).seq == 4
    assert held(outbox) == [4]


def test_photos_go_by_their_hash_and_only_by_it(outbox):
    outbox.append(deposit(), JPEG)
    outbox.append(deposit(), JPEG + b"2")
    first = outbox.photo_after(0)
    assert first is not None
    assert (first.seq, first.jpeg) == (1, JPEG)
    outbox.settle(receipt(outbox, through=2))
    assert outbox.photos_held == 2
    outbox.settle(receipt(outbox, through=2, photos=[first.sha256, "never heard of", "\ud7ff"]))
    assert outbox.photos_held == 1
    assert outbox.photo_of(first.number) is None
    assert not outbox.empty


def test_the_very_same_photo_is_kept_once(outbox):
    outbox.append(deposit(), JPEG)
    outbox.append(deposit(), JPEG)
    assert (outbox.held, outbox.photos_held) == (2, 1)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (reading(fill=140.0), "fill_pct"),
        (reading(ts=-1), "ts"),
        (Telemetry(seq=UNNUMBERED, ts=1, compartment="no name!", fill_pct=1.0), "compartment"),
        (msgspec.structs.replace(deposit(), household="138 0013 8000"), "household"),
        (Fault(seq=UNNUMBERED, code="scale", detail="\ud800"), ""),
    ],
)
def test_what_no_receiver_would_take_is_a_fault_under_its_own_number(outbox, event, why):
    outbox.append(reading())
    kept = outbox.append(event, JPEG)
    assert isinstance(kept, Fault)
    assert (kept.seq, kept.code) == (2, "event_refused")
    assert why in kept.detail
    assert decode_event(outbox.events_of([2])[0].body) == kept
    assert (outbox.replaced, outbox.photos_held) == (1, 0)
    assert outbox.append(reading()).seq == 3


def test_a_second_process_cannot_have_the_same_outbox(path, outbox):
    outbox.append(reading())
    with pytest.raises(OutboxError, match="another process uses the outbox"):
        open_outbox(path)


@pytest.mark.parametrize("damage", [b"no database at all" * 300, b"SQLite format 3\x00" + b"\xff" * 4_000])
def test_a_damaged_file_is_set_aside_and_the_bin_goes_on(path, damage):
    before = open_outbox(path)
    before.append(reading())
    before.close()
    path.write_bytes(damage)
    after = open_outbox(path)
    assert after.epoch != before.epoch
    assert after.append(reading()).seq == 1
    after.close()
    assert path.with_name("bin.outbox.damaged1").read_bytes() == damage


def test_an_outbox_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutboxError, match="cannot be made"):
        open_outbox(tmp_path / "file" / "bin.outbox")


def test_what_is_kept_is_synced_and_what_is_forgotten_need_not_be(outbox):
    full, normal = (2,), (1,)
    for _ in range(2):
        outbox.append(deposit(), JPEG, source="a")
        assert outbox._db.execute("PRAGMA synchronous").fetchone() == full
        outbox.settle(receipt(outbox, through=1))
        assert outbox._db.execute("PRAGMA synchronous").fetchone() == normal
    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_source_is_known_until_it_is_forgotten(path, outbox):
    outbox.append(deposit(), JPEG, source="kitchen/1.jpg:5:6")
    assert outbox.took("kitchen/1.jpg:5:6")
    outbox.close()
    again = open_outbox(path)
    assert again.took("kitchen/1.jpg:5:6")
    again.forget_source("kitchen/1.jpg:5:6")
    assert not again.took("kitchen/1.jpg:5:6")
    again.close()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 5)),
        st.tuples(st.just("receipt"), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)),
        st.tuples(st.just("restart")),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_whatever_happens_it_holds_exactly_what_was_given_and_not_settled(tmp_path_factory, operations):
    path = tmp_path_factory.mktemp("outbox") / "x"
    outbox = open_outbox(path)
    given_out, settled = 0, set()
    for name, *numbers in operations:
        if name == "append":
            events = outbox.append_all([reading()] * numbers[0])
            assert [event.seq for event in events] == list(range(given_out + 1, given_out + 1 + numbers[0]))
            given_out += numbers[0]
        elif name == "receipt":
            through, start, end = numbers
            outbox.settle(receipt(outbox, through, [(start, end)]))
            settled |= {n for n in range(1, given_out + 1) if n <= through or start <= n <= end}
        else:
            outbox.close()
            outbox = open_outbox(path)
        expected = sorted(set(range(1, given_out + 1)) - settled)
        assert held(outbox) == expected
        assert (outbox.held, outbox.given) == (len(expected), given_out)
        assert outbox.first() == (expected[0] if expected else given_out + 1)
    outbox.close()
