"""Alerts about the time-series store, by a real forwarder over a store that does as it is told."""

from functools import partial

import pytest

from ingest.forwarding.forward import Forwarder
from ingest.historywatch import BEHIND_AFTER_MS, HistoryWatch, judge
from ingest.metrics import Metrics
from linli.errors import HistoryError, HistoryFailed, HistoryRefused, HistoryUnavailable
from tests.unit.ingest.house import House, fill
from tests.unit.ingest.series import Series

MINUTE = 60_000
STEP = 20_000


class Watched:
    """A house that forwards and is watched; `pass_by` lets both work for some time."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.series = Series()
        self.forwarder = Forwarder(house.store, self.series, Metrics(), house.clock, seed=1)
        self.watch = HistoryWatch(house.store)
        self.seq = 0

    def pass_by(self, ms: int) -> None:
        """One event, and then so much time."""
        self.seq += 1
        self.house.send(fill(1, seq=self.seq))
        until = self.house.now + ms
        while self.house.now < until:
            self.house.now += STEP
            for _ in range(2):  # it finds out, and writes what waits
                self.forwarder.step()
            self.look()

    def look(self) -> None:
        house = self.house
        findings = self.watch.findings(house.now, house.steady, house.memory.loads)
        if findings:
            house.committer.write(partial(judge, findings))
            self.watch.told(findings)

    def alerts(self) -> list[tuple[str, str, str]]:
        """(kind, change, reason) of every change in one of the communities, in order."""
        changes = self.house.store.alert_changes_after(0, 100)
        return [(row.kind, one.change, one.reason) for one, row in changes if row.community == "garden"]


@pytest.fixture
def watched(house: House) -> Watched:
    return Watched(house)


def test_while_all_is_written_nobody_is_called(watched: Watched) -> None:
    watched.pass_by(30 * MINUTE)
    assert watched.alerts() == []
    assert watched.house.store.slots([("garden", "")]) == []


def test_a_restart_calls_nobody_and_a_long_absence_calls_once(watched: Watched) -> None:
    watched.pass_by(MINUTE)
    watched.series.trouble = HistoryUnavailable("connection refused")
    watched.pass_by(BEHIND_AFTER_MS - MINUTE)
    assert watched.alerts() == []
    watched.pass_by(20 * MINUTE)
    assert watched.alerts() == [("history_behind", "fired", "history_not_written")]
    watched.series.trouble = None
    watched.pass_by(2 * MINUTE)
    assert watched.alerts()[1:] == [("history_behind", "resolved", "gone")]


@pytest.mark.parametrize(
    ("trouble", "after_ms", "why"),
    [
        (HistoryRefused("answered 401: unauthorized access"), MINUTE, "history_set_up"),
        (
            HistoryFailed("answered 500: internal error: no space left on device", lasting=True),
            2 * MINUTE,
            "history_failing",
        ),
        (HistoryFailed("answered 500: internal error"), 14 * MINUTE, "history_failing"),
    ],
)
def test_an_answer_that_will_not_heal_is_one_alert_and_no_second_one(
    watched: Watched, trouble: HistoryError, after_ms: int, why: str
) -> None:
    watched.pass_by(MINUTE)
    watched.series.trouble = trouble
    watched.pass_by(after_ms)
    assert watched.alerts() == [("history_refused", "fired", why)]
    rows = [row for _, row in watched.house.store.alert_changes_after(0, 9)]
    assert {row.community for row in rows} == set(watched.house.memory.sites), (
        "each community's people are told"
    )
    assert {(row.building, row.device, row.pages) for row in rows} == {("", "", True)}
    watched.pass_by(60 * MINUTE)
    assert len(watched.alerts()) == 1
    watched.series.trouble = None
    watched.pass_by(3 * MINUTE)
    assert watched.alerts()[1:] == [("history_refused", "resolved", "gone")]


def test_a_fault_of_ours_is_an_alert_too(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_lines: object) -> None:
        raise KeyError("index")

    monkeypatch.setattr(watched.series, "write", fails)
    watched.pass_by(MINUTE)
    assert watched.alerts() == [("history_refused", "fired", "history_fault")]


def test_a_restart_in_the_middle_neither_ends_nor_repeats_it(watched: Watched) -> None:
    watched.series.trouble = HistoryRefused("answered 401: unauthorized access")
    watched.pass_by(MINUTE)
    watched.house.start()
    again = Watched(watched.house)
    again.seq, again.series = watched.seq, watched.series
    again.look()
    again.forwarder = Forwarder(again.house.store, again.series, Metrics(), again.house.clock, seed=1)
    again.series.trouble = HistoryUnavailable("connection refused")
    again.pass_by(MINUTE)
    assert len(again.alerts()) == 1
    again.series.trouble = None
    again.pass_by(MINUTE)
    assert [change for _, change, _ in again.alerts()] == ["fired", "resolved"]


def test_a_forwarder_that_is_switched_off_leaves_no_alert_behind(watched: Watched) -> None:
    watched.series.trouble = HistoryRefused("answered 401: unauthorized access")
    watched.pass_by(MINUTE)
    watched.house.store.report("forwarder", b'{"state":"off","detail":"no URL"}', watched.house.now)
    watched.house.now += MINUTE
    watched.look()
    assert [change for _, change, _ in watched.alerts()] == ["fired", "resolved"]


def test_resolved_by_hand_it_stays_quiet_until_it_has_been_well(watched: Watched) -> None:
    watched.series.trouble = HistoryRefused("answered 401: unauthorized access")
    watched.pass_by(MINUTE)
    for change, _ in watched.house.store.alert_changes_after(0, 9):
        watched.house.store.resolve(change.alert_id, "王敏", watched.house.now)
    watched.house.memory.load()
    watched.pass_by(5 * MINUTE)
    watched.series.trouble = None
    watched.pass_by(3 * MINUTE)
    watched.series.trouble = HistoryRefused("answered 401: unauthorized access")
    watched.pass_by(3 * MINUTE)
    assert [change for _, change, _ in watched.alerts()] == ["fired", "resolved", "fired"]


def test_with_no_word_from_a_forwarder_nothing_is_said(watched: Watched) -> None:
    watched.pass_by(MINUTE)
    watched.series.trouble = HistoryRefused("answered 401: unauthorized access")
    watched.pass_by(MINUTE)
    for _ in range(50):  # it has gone, and its last word is old
        watched.house.now += STEP
        watched.look()
    assert [kind for kind, _, _ in watched.alerts()] == ["history_refused", "history_behind"]
