import pytest

from linli.ports.rows import DeviceRow
from tests.unit.ingest.house import House, fill

MINUTE = 60_000


def see(house: House) -> House:
    """The broker has been there for longer than the grace."""
    house.presence.regained_sight(house.now - 10 * MINUTE)
    return house


def device(house: House, name: str = "bin-1") -> DeviceRow:
    return house.memory.devices["garden", name]


def test_silent_it_is_offline_and_heard_again_it_is_not(house):
    see(house).send(fill(10))
    house.now += 3 * MINUTE
    house.tick()
    assert house.alerts() == []
    house.now += 1_000
    house.tick()
    assert house.alerts() == [("offline", "fired", "silent")]
    house.now += 5 * MINUTE
    house.tick()
    assert len(house.alerts()) == 1
    house.send(fill(10, seq=2))
    assert house.alerts()[1:] == [("offline", "resolved", "heard_again")]


def test_never_heard_nobody_is_missed(house):
    see(house)
    house.presence.watch(house.memory.devices, house.memory)
    house.now += 60 * MINUTE
    house.tick()
    assert house.alerts() == []


def test_an_unknown_device_is_not_missed(house):
    see(house).send(fill(10), device="garden/bin-7")
    house.now += 60 * MINUTE
    house.tick()
    assert house.alerts() == []


def test_blind_ingest_accuses_nobody_and_gives_everybody_time_after(house):
    see(house).send(fill(10))
    house.presence.lost_sight()
    house.now += 60 * MINUTE
    house.tick()
    house.presence.regained_sight(house.now)
    house.now += 2 * MINUTE
    house.tick()
    assert house.alerts() == []
    house.now += 2 * MINUTE
    house.tick()
    assert len(house.alerts()) == 1


def test_an_alert_that_fired_before_a_restart_is_resolved_by_a_word_though_blind(house):
    see(house).send(fill(10))
    house.now += 4 * MINUTE
    house.tick()
    house.start()
    house.presence.lost_sight()
    house.send(fill(10, seq=2))
    assert [change[1] for change in house.alerts()] == ["fired", "resolved"]


def test_the_will_of_an_old_session_cannot_end_a_new_one(house):
    house.status(session="sess0001")
    house.status(session="sess0002")
    house.status(state="offline", session="sess0001")
    assert device(house).state == "online"
    house.status(state="offline", session="sess0002")
    assert device(house).state == "offline"


def test_a_will_is_not_a_word_of_the_device(house):
    house.status()
    heard = device(house).heard_ms
    house.now += MINUTE
    house.status(state="offline")
    assert house.memory.seen["garden", "bin-1"].heard_ms == heard


def test_what_the_broker_retained_is_not_heard(house):
    house.status(software="1.0")
    house.now += 20 * MINUTE
    house.status(retained=True, software="1.0")
    assert house.memory.seen["garden", "bin-1"].heard_ms == house.now - 20 * MINUTE
    house.status(retained=True, session="sess0009")  # a birth that was missed
    assert device(house).session == "sess0009"


@pytest.mark.parametrize("sent", [5_000, 1_500_000_000_000])
def test_a_retained_good_night_by_a_clock_that_was_never_set_tells_no_time(house, sent):
    see(house).status(state="asleep", next_s=3_600, sent=sent, retained=True)
    house.now += 30 * MINUTE
    house.send(fill(10))
    house.tick()
    assert house.alerts() == []


def test_a_sleeper_is_offline_only_after_it_overslept(house):
    see(house)
    house.status(state="asleep", next_s=3_600)
    house.now += 60 * MINUTE
    house.tick()
    assert house.alerts() == []
    house.now += 4 * MINUTE
    house.tick()
    assert house.alerts() == [("offline", "fired", "overslept")]


def test_connected_but_mute(house):
    see(house)
    house.status()
    for _ in range(62):
        house.now += MINUTE
        house.status(software=f"beat {_}")
    house.tick()
    assert house.alerts() == [("mute", "fired", "no_events")]
    house.send(fill(10))
    assert house.alerts()[1:] == [("mute", "resolved", "heard_again")]


@pytest.mark.parametrize("said", [[], [{"kind": "telemetry", "fil_pct": 3}]], ids=["empty", "all refused"])
def test_batches_without_an_event_that_can_be_read_are_mute_too(house, said):
    see(house)
    house.status()
    for _ in range(62):
        house.now += MINUTE
        house.send(*said)
    house.tick()
    assert house.alerts() == [("mute", "fired", "no_events")]


def test_one_cause_one_page_a_gateway_inhibits_its_children(house):
    see(house)
    house.status(device="garden/gate-1")
    house.status(via="gate-1")
    house.status(device="garden/cam-1", via="gate-1", session="sess0003")
    house.status(via="gate-1", state="offline")
    house.status(device="garden/gate-1", state="offline")  # its will
    house.now += 4 * MINUTE
    house.tick()
    (change,) = house.store.alert_changes_after(0, 10)
    assert change[1].device == "gate-1"


def test_connected_and_silent_is_mute_and_not_offline(house):
    see(house)
    house.status()
    house.now += 50 * MINUTE
    house.tick()
    assert house.alerts() == []
    house.now += 11 * MINUTE
    house.tick()
    assert house.alerts() == [("mute", "fired", "no_events")]


def test_whoever_hears_a_child_has_heard_its_gateway(house):
    see(house)
    house.status(device="garden/gate-1")
    house.status(via="gate-1")
    for seq in range(1, 6):
        house.now += MINUTE
        house.send(fill(10, seq=seq))
        house.tick()
    assert house.alerts() == []


def test_a_device_is_written_when_it_changes_and_at_most_twice_a_minute_when_not(house):
    house.status()
    with house.sql() as db:
        db.execute("CREATE TABLE writes (n INTEGER)")
        db.execute(
            "CREATE TRIGGER count_writes AFTER UPDATE ON devices BEGIN INSERT INTO writes VALUES (1); END"
        )
        for seq in range(1, 121):
            house.now += 500
            house.send(fill(10, seq=seq))
        assert db.execute("SELECT count(*) FROM writes").fetchone()[0] <= 3
    assert house.memory.seen["garden", "bin-1"].heard_ms == house.now


def test_only_a_gateway_that_is_watched_itself_excuses_its_children(house):
    see(house)
    house.status(via="bin-1", state="offline")  # itself
    house.status(device="garden/cam-1", via="nobody", state="offline", session="sess0003")
    house.send(fill(10))
    house.send(fill(10, seq=1), device="garden/cam-1")
    house.now += 4 * MINUTE
    house.tick()
    assert {kind for kind, _, _ in house.alerts()} == {"offline"}
    assert len(house.alerts()) == 2


def test_what_the_broker_retained_is_no_sign_of_life(house):
    see(house)
    house.send(fill(10))
    house.now += 4 * MINUTE
    house.tick()
    assert house.alerts() == [("offline", "fired", "silent")]
    again = house.batch(fill(10, seq=2))
    again.retained = True
    house.take(again)
    assert len(house.alerts()) == 1
