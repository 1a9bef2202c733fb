"""The alert of a clock that is wrong: one, for the pages alone, until the clock is known to be right."""

import pytest

from tests.unit.ingest.house import NOW, fill

SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000


def clock_alerts(house):
    return [(change, reason) for kind, change, reason in house.alerts() if kind == "clock"]


def send(house, seq, ts, off=0, stated=None, n=1, **rest):
    """A batch of a device whose clock is `off` ms behind."""
    events = [fill(10, seq=seq + i, ts=ts - off) for i in range(n)]
    more = {} if stated is None else {"offset_ms": stated}
    house.send(*events, sent=house.now - off, **more, **rest)


@pytest.mark.parametrize(
    ("off", "stated", "reason"),
    [
        (HOUR, HOUR, "clock_behind"),
        (-HOUR, -HOUR, "clock_ahead"),
        (-HOUR, None, "clock_ahead"),
        (NOW - 60_000, None, "absurd_stamps"),
        (NOW - 60_000, NOW - 60_000, "absurd_stamps"),
        (-3_653 * DAY, -3_653 * DAY, "absurd_stamps"),
    ],
)
def test_one_alert_until_the_clock_is_right_again(house, off, stated, reason):
    for seq in range(1, 5):
        send(house, seq, house.now, off, stated)
        house.now += SECOND
    assert clock_alerts(house) == [("fired", reason)]
    [row] = [row for _, row in house.store.alert_changes_after(0, 10)]
    assert (row.severity.value, row.pages, row.compartment) == ("info", False, "")
    house.start()  # a new process knows it, too
    send(house, 5, house.now)
    assert clock_alerts(house) == [("fired", reason)], "it was wrong a moment ago"
    house.now += HOUR
    send(house, 6, house.now)
    send(house, 7, house.now)
    assert clock_alerts(house) == [("fired", reason), ("resolved", "clock_right")]
    assert not any(change.pages for change, _ in house.store.alert_changes_after(0, 10))
    assert house.store.ledger("garden")[0].clock.suspect is False


@pytest.mark.parametrize("off", [0, 9_000, -9_000, 60_000, -60_000, 120_000])
def test_a_clock_that_is_off_by_little_is_no_alert(house, off):
    for seq in range(1, 4):
        send(house, seq, house.now, off, off)
    assert clock_alerts(house) == []


def test_a_backlog_with_old_stamps_is_one_alert(house):
    """Put right before it sends: a fire goes ahead of the backlog, which was stamped in 1970."""
    send(house, 50, house.now, 0, 0)
    for seq in range(1, 41, 10):
        send(house, seq, 100_000 * seq, 0, 0, n=10)
        send(house, 50 + seq, house.now, 0, 0)
        house.now += SECOND
    assert clock_alerts(house) == [("fired", "absurd_stamps")]
    house.now += HOUR
    rest = [fill(10, seq=seq, ts=NOW if seq < 82 else house.now) for seq in range(41, 200)]
    house.send(*rest, offset_ms=0)
    assert clock_alerts(house) == [("fired", "absurd_stamps"), ("resolved", "clock_right")]


def test_what_is_resolved_by_hand_stays_so_until_the_clock_is_right(house):
    send(house, 1, house.now, HOUR, HOUR)
    [row] = [row for _, row in house.store.alert_changes_after(0, 10)]
    house.store.resolve(row.id, "li", house.now)
    house.memory.load()
    send(house, 2, house.now, HOUR, HOUR)
    assert [change for change, _ in clock_alerts(house)] == ["fired", "resolved"]
    house.now += HOUR
    send(house, 3, house.now, 0, 0)
    send(house, 4, house.now, HOUR, HOUR)
    assert [change for change, _ in clock_alerts(house)] == ["fired", "resolved", "fired"]


def test_another_epoch_of_the_device_ends_it(house):
    send(house, 1, house.now, HOUR, HOUR)
    house.now += HOUR
    send(house, 1, house.now, epoch="another001")
    assert [change for change, _ in clock_alerts(house)] == ["fired", "resolved"]


def test_a_device_that_nobody_has_accepted_has_no_alert(house):
    send(house, 1, house.now, HOUR, HOUR, device="garden/bin-9")
    assert house.alerts() == []
    house.accept("bin-9", kitchen="kitchen")
    house.acceptance.step()
    send(house, 2, house.now, HOUR, HOUR, device="garden/bin-9")
    assert clock_alerts(house) == [("fired", "clock_behind")]


def test_what_is_known_of_a_clock_survives_a_kill(house):
    send(house, 1, house.now, -HOUR)
    house.start()
    sent = house.now
    house.now += HOUR // 2
    house.send(fill(10, seq=2, ts=sent + HOUR), sent=sent + HOUR)  # half an hour on its way
    [_, event] = house.store.events_after(0, 10)
    assert (event.placed_ms, event.placed_reason) == (sent, "by_learned_offset")


def test_a_board_that_wakes_in_1970_each_time_is_one_alert(house):
    for seq in range(1, 60, 3):
        house.now += 600_000
        house.send(fill(10, seq=seq, ts=1_500), fill(10, seq=seq + 1), sent=house.now)
        send(house, seq + 2, house.now)
    assert clock_alerts(house) == [("fired", "absurd_stamps")]


def test_a_right_epoch_ends_the_alert_of_a_wrong_one(house):
    for seq in range(1, 4):
        send(house, seq, house.now)
    send(house, 1, house.now, HOUR, HOUR, epoch="another001")
    for restart in (False, True):
        house.now += HOUR
        if restart:
            house.start()
        send(house, 4 + restart, house.now)
    assert [change for change, _ in clock_alerts(house)] == ["fired", "resolved"]


def test_a_device_that_never_says_when_it_sends_is_right_again_by_its_stamps(house):
    for seq, ts in ((1, 1_500), (2, NOW + HOUR), (3, NOW + 2 * HOUR)):
        house.now = NOW + (seq - 1) * HOUR
        house.take(house.batch(fill(10, seq=seq, ts=ts), sent=None))
    assert [change for change, _ in clock_alerts(house)] == ["fired", "resolved"]
    assert house.store.events_after(0, 9)[2].placed_ms == NOW + 2 * HOUR


def hot(seq, ts, c=90):
    return {"kind": "telemetry", "compartment": "kitchen", "temperature_c": c, "seq": seq, "ts": ts}


def test_a_fire_after_a_second_power_on_in_1970_calls_somebody(house):
    house.send(fill(10, seq=1, ts=5_000), sent=6_000, offset_ms=NOW - 6_000)
    house.now += 17 * 60_000
    house.send(hot(2, 60_000), sent=61_000)
    [fire] = [change for change, row in house.store.alert_changes_after(0, 9) if row.kind == "heat"]
    assert (fire.at_ms, fire.pages) == (house.now - 1_000, True)


@pytest.mark.parametrize("boot", [{"offset_ms": NOW - 9_000}, {}])
def test_a_right_clock_that_waited_after_1970_is_right(house, boot):
    house.send(fill(10, seq=1, ts=8_000), sent=9_000, **boot)
    put_right = NOW + 60_000
    house.now = put_right + 5 * HOUR
    house.send(hot(2, put_right), hot(3, put_right + 1_000, 20), sent=put_right + 2_000)
    rows = house.store.events_after(1, 9)
    assert [row.placed_ms for row in rows] == [put_right, put_right + 1_000]
    assert not any(change.pages for change, _ in house.store.alert_changes_after(0, 9))


def test_a_right_clock_that_is_put_back_a_little_while_linli_is_away_is_right(house):
    send(house, 1, NOW)
    house.now += 3 * HOUR
    for seq in range(2, 30):
        at = NOW + (seq - 5) * 1_000
        house.send(fill(10, seq=seq, ts=at), sent=at)
    off = [row.placed_ms - (NOW + (row.seq - 5) * 1_000) for row in house.store.events_after(1, 99)]
    assert max(off) <= 4_000
    assert off[5:] == [0] * len(off[5:])
    assert clock_alerts(house) == []


def test_a_batch_as_it_was_sent_after_one_asked_anew_is_no_other_clock(house):
    send(house, 1, NOW)
    house.now += 3 * HOUR
    house.send(fill(10, seq=2, ts=NOW + 1_000), sent=house.now)
    house.send(hot(3, NOW + 2_000), sent=NOW + 5_000)
    assert [row.placed_ms for row in house.store.events_after(1, 9)] == [NOW + 1_000, NOW + 2_000]


def test_what_holds_everything_back_by_minutes_is_no_clock(house):
    for seq in range(1, 30):
        house.now += 60_000
        house.send(fill(10, seq=seq, ts=house.now - 181_000), sent=house.now - 180_000)
    assert {row.placed_reason for row in house.store.events_after(0, 99)} == {"device_clock"}
