"""The loop over a real store, with a connection that does as it is told and clocks that each turn moves."""

import socket
from collections.abc import Callable

import pytest

from ingest.broker.announce import Announcer
from ingest.broker.inbox import Inbox
from ingest.broker.link import Link
from ingest.broker.message import Message
from ingest.duties import Duties
from ingest.historywatch import HistoryWatch
from ingest.loop import Loop
from ingest.metrics import Metrics
from ingest.ownership import Ownership
from ingest.parts import Parts
from linli.errors import InvalidSetting, StoreUnavailable
from linli.ports.commit_group import CommitGroup
from linli.ports.rows import DeviceRow
from linli.topics import Channel
from tests.unit.ingest.house import House, fill

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


class Wire:
    """A connection: before each turn `script` says what happens in it; a turn takes `pace_ms`."""

    ready = True
    more = False
    state = Link.READY
    connection = 1

    def __init__(self, house: House, put: Callable[[Message], None]) -> None:
        self._house = house
        self._put = put
        self.turns = 0
        self.pace_ms = SECOND
        self.script: Callable[[int], list[Message]] = lambda _: []
        self.sent: list[tuple[int, str]] = []
        self.unconfirmed: set[int] = set()
        self.acknowledged = 0

    def turn(self, _timeout_s: float, *, read: bool = True) -> None:
        assert read
        self.turns += 1
        self._house.now += self.pace_ms
        for message in self.script(self.turns):
            self._put(message)

    def send(self, topic: str, _payload: bytes) -> bool:
        self.sent.append((self.turns, topic))
        return True

    def publish(self, topic: str, payload: bytes) -> int:
        self.send(topic, payload)
        return self.turns

    def ack(self, messages: list[Message]) -> int:
        self.acknowledged += len(messages)
        return len(messages)

    def flush(self) -> None:
        pass

    close = flush


class Turning:
    """A loop over a house."""

    def __init__(self, house: House) -> None:
        inbox = Inbox(0, 1_000)
        self.house = house
        self.wire = Wire(house, inbox.put)
        self.metrics = Metrics()
        house.receipts._send_out = self.wire.send
        self.parts = Parts(
            store=house.store,
            ownership=Ownership(house.store, ""),
            duties=Duties(list),
            memory=house.memory,
            mqtt=self.wire,  # type: ignore[arg-type]
            inbox=inbox,
            decoder=house.decoder,
            committer=house.committer,
            acceptance=house.acceptance,
            presence=house.presence,
            history=HistoryWatch(house.store),
            receipts=house.receipts,
            announcer=Announcer(house.store, self.wire),  # type: ignore[arg-type]
            metrics=self.metrics,
        )
        self.loop = Loop(self.parts, house.clock, lambda: None)

    def run(self, turns: int, script: Callable[[int], list[Message]] | None = None) -> None:
        """So many turns."""
        said = script or (lambda _: [])

        def stopping(turn: int) -> list[Message]:
            if turn >= turns:
                self.loop.stop()
            return said(turn)

        self.wire.script = stopping
        self.loop.run()

    def receipts(self) -> list[int]:
        """The turns in which one went out."""
        return [turn for turn, topic in self.wire.sent if topic.endswith(f"/{Channel.RECEIPTS}")]


@pytest.fixture
def turning(house: House) -> Turning:
    return Turning(house)


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


@pytest.mark.parametrize("by", [-24 * HOUR, -HOUR, HOUR, 24 * HOUR])
def test_a_clock_that_is_set_accuses_nobody_and_who_is_silent_from_then_on_is_missed(turning, house, by):
    known: dict[int, list[tuple[str, str, str]]] = {}

    def script(turn: int) -> list[Message]:
        known[turn] = house.alerts()
        if turn == 20:
            house.set_back(-by)
        return [house.batch(fill(10, seq=turn))] if turn < 20 else []

    turning.wire.pace_ms = 20 * SECOND
    turning.run(32, script)
    assert known[28] == [], "not three minutes yet"
    assert known[32] == [("offline", "fired", "silent")]


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_what_waits_as_the_clock_is_set_came_at_other_times(turning, house, by):
    """A fire is no old news because of it."""

    def script(turn: int) -> list[Message]:
        if turn != 5:
            return [house.batch(fill(10, seq=turn))]
        hot = {"kind": "telemetry", "seq": 5, "age_ms": 10, "ts": None, "temperature_c": 90}
        fire = house.batch(hot, sent=None)
        house.set_back(-by)
        return [fire]

    turning.run(6, script)
    ((fire, _),) = house.store.alert_changes_after(0, 9)
    assert (fire.at_ms, fire.pages) == (house.now - SECOND - 10, True)


def test_a_sleeper_sleeps_on_as_the_clock_is_set_ahead(turning, house):
    house.status(state="asleep", next_s=3_600)

    def script(turn: int) -> list[Message]:
        if turn == 20:
            house.set_back(-24 * HOUR)
        return []

    turning.wire.pace_ms = MINUTE
    turning.run(55, script)
    assert house.alerts() == []
    turning.loop._stopping = False
    turning.run(turning.wire.turns + 10)
    assert house.alerts() == [("offline", "fired", "overslept")]


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
