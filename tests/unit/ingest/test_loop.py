"""The loop: what it does in which turn."""

import socket

import pytest

from ingest.broker.message import Message
from ingest.metrics import Metrics
from linli.errors import InvalidSetting, StoreUnavailable
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeviceRow
from tests.unit.ingest.house import House, fill
from tests.unit.ingest.turning import HOUR, SECOND, Turning


def test_a_wall_clock_set_back_an_hour_keeps_nobody_waiting(turning: Turning, house: House) -> None:
    reports: list[int] = []

    def script(turn: int) -> list[Message]:
        if turn == 5:
            house.set_back(HOUR)
        report = house.store.reports().get("ingest")
        reports.append(report[1] if report else 0)
        return [house.batch(fill(10, seq=turn))]

    turning.run(10, script)
    assert turning.receipts() == list(range(1, 11))
    assert len(set(reports)) == 10, "each second ingest says that it lives"
    assert house.store.totals()["events"] == 10


def test_what_lies_there_already_goes_into_the_same_commit(turning: Turning, house: House) -> None:
    def script(turn: int) -> list[Message]:
        turning.wire.more = turn < 4
        return [house.batch(fill(10, seq=turn))]

    turning.run(5, script)
    assert turning.receipts() == [4, 5]


def test_a_whole_group_waits_for_no_more(turning: Turning, house: House) -> None:
    turning.wire.more = True
    turning.parts.inbox._group_messages = 2
    turning.run(4, lambda turn: [house.batch(fill(10, seq=turn))])
    assert turning.receipts() == [2, 4]


def test_blindness_ends_by_the_steady_clock(turning: Turning, house: House) -> None:
    house.send(fill(10))

    def script(turn: int) -> list[Message]:
        if turn == 5:
            house.set_back(HOUR)
            return [house.batch(fill(10, seq=2))]
        return []

    turning.wire.pace_ms = 20 * SECOND
    turning.run(16, script)
    assert house.alerts() == [("offline", "fired", "silent")]


@pytest.mark.parametrize("path", ["a commit finds it", "a group finds memory forgotten", "a tick finds it"])
def test_a_device_accepted_meanwhile_is_watched_whoever_reads_memory_anew(
    turning: Turning, house: House, path: str
) -> None:
    house.send(fill(10), device="garden/bin-7")

    def script(turn: int) -> list[Message]:
        if turn == 3:
            house.store.accept(DeviceRow("garden", "bin-7", building="b1"), "ana", house.now)
            if path == "a group finds memory forgotten":
                house.memory.forget()
        heard = turn >= 3 and path != "a tick finds it"
        return [house.batch(fill(10, seq=turn), first=turn)] if heard else []

    turning.wire.pace_ms = 20 * SECOND
    turning.run(16, script)
    assert ("offline", "fired", "silent") in house.alerts()
    assert {row.device for _, row in house.store.alert_changes_after(0, 9)} == {"bin-7"}


def test_a_fault_of_ours_is_counted_and_the_loop_goes_on(
    turning: Turning, house: House, monkeypatch, caplog
) -> None:
    step, failing = turning.parts.acceptance.step, [KeyError("a"), KeyError("b")]

    def fails() -> list[object]:
        if failing:
            raise failing.pop()
        return step()  # type: ignore[return-value]

    monkeypatch.setattr(turning.parts.acceptance, "step", fails)
    turning.run(6, lambda turn: [house.batch(fill(10, seq=turn), first=turn)])
    assert b"linli_ingest_faults_total 2.0" in turning.metrics.page()
    assert sum(record.exc_info is not None for record in caplog.records) == 2
    assert house.store.totals()["events"] == turning.wire.acknowledged == 6


def test_a_metrics_port_that_is_taken_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InvalidSetting) as refused:
        Metrics().serve("127.0.0.1", taken.getsockname()[1])
    assert str(refused.value).startswith("LINLI_INGEST_METRICS_PORT: 127.0.0.1:")
    assert "\n" not in str(refused.value)


def test_what_was_committed_before_the_store_went_away_is_acknowledged_and_answered(
    turning: Turning, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal has the group committed by halves, and the store is gone in the second."""
    with house.sql() as db:
        db.execute(
            "CREATE TRIGGER poisoned BEFORE INSERT ON events WHEN instr(new.body, 'poison') "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )
    commit = house.store.commit
    taken: list[int] = []
    acknowledged: list[tuple[int, int]] = []

    def goes_away(group: CommitGroup, version: int) -> None:
        if len(taken) == 1 and turning.wire.turns == 1:
            raise StoreUnavailable("away")
        commit(group, version)
        taken.append(len(group.events))

    monkeypatch.setattr(house.store, "commit", goes_away)
    monkeypatch.setattr(
        turning.wire, "ack", lambda messages: acknowledged.append((turning.wire.turns, len(messages)))
    )
    bad = fill(12, seq=3, ext={"note": "poison"})
    said = [
        house.batch(fill(10, seq=1)),
        house.batch(fill(11, seq=2)),
        house.batch(bad, device="garden/cam-1"),
        house.batch(fill(13, seq=4), device="garden/cam-1"),
    ]
    turning.run(4, lambda turn: said if turn == 1 else [])
    assert acknowledged == [(1, 2), (2, 2)], "each once, as soon as it was committed"
    assert [turn for turn, topic in turning.wire.sent if "bin-1/receipts" in topic] == [1]
    page = turning.metrics.page()
    assert b"linli_ingest_events_total 3.0" in page
    assert b"linli_ingest_duplicates_total 0.0" in page
