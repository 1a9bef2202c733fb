"""What is let go after its time, and what stays whatever its age."""

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import func, insert, select

from linli.ports.commit_group import CommitGroup
from linli.ports.operational import AlertQuery, DepositQuery
from linli.ports.pruning import Position, Step
from linli.ports.rows import CountRow, DeviceRow, EventRow, LiveChange, PhotoRow
from stores.operational import OperationalStore
from stores.schema import rollups
from tests.contract.samples import (
    EPOCH,
    HOUR,
    NOON,
    alert,
    dead_letter,
    deposit,
    deposit_event,
    event,
    ledger,
    telemetry,
)

DAY = 24 * HOUR
OLD, NEW = NOON - 90 * DAY, NOON
BEFORE = NOON - DAY


def commit(store: OperationalStore, group: CommitGroup) -> None:
    store.commit(group, store.operator_version())


def walk(step: Callable[[Position], Step]) -> list[Step]:
    """A whole round."""
    steps = [step(None)]
    while steps[-1].at is not None:
        steps.append(step(steps[-1].at))
        assert len(steps) < 100, "it never ends"
    return steps


def events(store: OperationalStore, limit: int = 4, *, forwarded: bool = False) -> int:
    steps = walk(lambda at: store.prune_events(at, BEFORE, limit, forwarded=forwarded))
    assert all(step.gone <= limit for step in steps), "a step is bounded"
    return sum(step.gone for step in steps)


def seqs(store: OperationalStore) -> list[int]:
    return [row.seq for row in store.events_after(0, 100)]


def test_old_events_go_in_small_steps_and_new_ones_stay(store: OperationalStore) -> None:
    rows = [telemetry(seq, OLD) for seq in range(1, 11)] + [telemetry(seq, NEW) for seq in range(11, 14)]
    commit(store, CommitGroup(events=rows))
    assert events(store) == 10
    assert seqs(store) == [11, 12, 13]
    assert events(store) == 0
    assert store.totals()["events"] == 13, "stored since ever: a total never sinks"


def test_what_people_are_judged_by_stays_when_its_event_goes(store: OperationalStore) -> None:
    counts = [
        CountRow(
            community="garden",
            building="b1",
            household="",
            kind="kitchen",
            day="2026-11-24",
            outcome="correct",
            deposits=1,
            weight_kg=0.25,
        )
    ]
    group = CommitGroup(
        events=[deposit_event(1, OLD)],
        deposits=[deposit(1, placed_ms=OLD)],
        counts=counts,
        alerts=[alert("a1", fired_ms=OLD)],
        ledger=[ledger((1, 1), received=1)],
    )
    commit(store, group)

    def judged() -> tuple[object, ...]:
        return (
            store.deposits(DepositQuery()),
            store.counts("garden", ["building", "day"]),
            store.alerts(AlertQuery()),
            store.ledger(),
        )

    before = judged()
    assert events(store) == 1
    assert judged() == before
    assert store.ledger()[0].settled.through == 1, "what is sent again is known"


def test_what_influxdb_does_not_have_yet_stays(store: OperationalStore) -> None:
    commit(store, CommitGroup(events=[telemetry(seq, OLD) for seq in range(1, 11)]))
    assert events(store, forwarded=True) == 0, "nobody has forwarded yet"
    store.set_cursor("influxdb", 6)
    commit(store, CommitGroup(rewrite=[(4, 5)]))
    steps = walk(lambda at: store.prune_events(at, BEFORE, 4, forwarded=True))
    assert sum(step.gone for step in steps) == 3, "4 and 5 are to be written again"
    assert sum(step.held for step in steps) > 0
    [(number, *_)] = store.rewrites(1)
    store.rewritten(number)
    assert events(store, forwarded=True) == 3
    assert seqs(store) == [7, 8, 9, 10]
    assert events(store) == 4, "no InfluxDB is set any more"


def test_kept_events_stay_until_they_are_folded(store: OperationalStore) -> None:
    def kept(seq: int, device: str) -> EventRow:
        body = {"kind": "telemetry", "fill_pct": 5.0}
        return event(seq, body, at_ms=OLD, device=device, building="")

    rows = [kept(1, "bin-1"), kept(1, "bin-9"), telemetry(2, OLD)]
    commit(store, CommitGroup(events=rows, devices=[DeviceRow("garden", "bin-9", first_ms=OLD)]))
    assert events(store) == 2
    [left] = store.events_after(0, 10)
    assert (left.device, left.building) == ("bin-1", ""), "it was accepted: its events are about to be folded"


def photo(store: OperationalStore, sha256: str, received_ms: int) -> None:
    commit(store, CommitGroup(photos=[PhotoRow(sha256, "garden", "bin-1", EPOCH, 1, 20_000, received_ms)]))


def test_the_photo_of_a_firing_alert_does_not_vanish_under_it(store: OperationalStore) -> None:
    old, shown, new = ("a" * 64, "b" * 64, "c" * 64)
    for sha256, at_ms in ((old, OLD), (shown, OLD), (new, NEW)):
        photo(store, sha256, at_ms)
    commit(store, CommitGroup(alerts=[alert("a1", fired_ms=OLD, photo_sha256=shown)]))
    step, hashes = store.prune_photos(None, BEFORE, 10)
    assert (step, list(hashes)) == (Step(1, None, held=1), [old])
    assert store.photos_known([old, shown, new]) == {shown, new}
    over = alert("a1", fired_ms=OLD, photo_sha256=shown, state="resolved", resolved_ms=NEW)
    commit(store, CommitGroup(alerts=[over]))
    assert list(store.prune_photos(None, BEFORE, 10)[1]) == [shown]


def test_photos_are_walked_page_by_page(store: OperationalStore) -> None:
    for n in range(10):
        photo(store, f"{n:064x}", OLD if n % 2 else NEW)
    gone: list[str] = []

    def step(at: Position) -> Step:
        done, hashes = store.prune_photos(at, BEFORE, 3)
        gone.extend(hashes)
        return done

    walk(step)
    assert gone == [f"{n:064x}" for n in range(1, 10, 2)]


def test_old_dead_letters_go_and_are_still_counted(store: OperationalStore) -> None:
    old = [replace(dead_letter(b"%d" % n), received_ms=OLD + n) for n in range(7)]
    commit(store, CommitGroup(dead_letters=[*old, replace(dead_letter(b"new"), received_ms=NEW)]))
    before = store.dead_letter_counts()
    assert sum(one.gone for one in walk(lambda at: store.prune_dead_letters(at, BEFORE, 3))) == 7
    assert [letter.raw for letter in store.dead_letters()] == [b"new"]
    assert store.dead_letter_counts() == before


def test_hourly_sums_go_by_the_hour(store: OperationalStore) -> None:
    rows = [
        {
            "ledger": number,
            "hour_ms": at_ms + hour * HOUR,
            "compartment": "k1",
            "channel": "fill_pct",
            "readings": 1,
            "total": 1.0,
            "first_seq": 1,
            "last_seq": 1,
        }
        for number in range(1, 5)
        for at_ms in (OLD, NEW)
        for hour in range(6)
    ]
    with store.database.writing() as connection:
        connection.execute(insert(rollups), rows)
    steps = walk(lambda at: store.prune_rollups(at, BEFORE, 4))
    assert sum(step.gone for step in steps) == 24
    assert len(steps) > 4
    with store.database.reading() as connection:
        count, oldest = connection.execute(select(func.count(), func.min(rollups.c.hour_ms))).one()
    assert (count, oldest) == (24, NEW)


def test_live_changes_are_kept_by_their_number(store: OperationalStore) -> None:
    commit(
        store, CommitGroup(changes=[LiveChange("garden", "device", str(n), b"{}", NOON) for n in range(10)])
    )
    steps = walk(lambda _: store.prune_changes(4, 5))
    assert sum(step.gone for step in steps) == 6
    assert store.change_bounds() == (7, 10)
    walk(lambda _: store.prune_changes(0, 100))
    commit(store, CommitGroup(changes=[LiveChange("garden", "device", "x", b"{}", NOON)]))
    assert store.change_bounds() == (11, 11), "a number is the id of a stream: never used twice"


def test_a_silent_stranger_is_forgotten_and_one_that_speaks_is_not(store: OperationalStore) -> None:
    strangers = [
        DeviceRow("garden", "old", heard_ms=OLD, first_ms=OLD),
        DeviceRow("garden", "new", heard_ms=NEW, first_ms=OLD),
    ]
    body = {"kind": "telemetry", "fill_pct": 5.0}
    rows = [
        event(seq, body, at_ms=OLD, device=device, building="")
        for device in ("old", "new")
        for seq in range(1, 6)
    ]
    commit(
        store, CommitGroup(events=rows, devices=strangers, ledger=[ledger((1, 5), device="old", received=5)])
    )
    version = store.operator_version()
    steps = walk(lambda _: store.forget_unknown(BEFORE, 2))
    assert len(steps) > 2
    assert {row.id for row in store.devices("garden")} == {"bin-1", "new"}
    assert {row.device for row in store.events_after(0, 100)} == {"new"}
    assert store.operator_version() > version, "ingest reads again"
    assert store.ledger(device="old")[0].settled.through == 5
