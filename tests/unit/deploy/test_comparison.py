"""The demo's table: every way in which the answers can differ from the truth must be seen."""

import msgspec
import pytest

from deploy.answers import Alert, Answers, Deposit, Ledger, Totals
from deploy.comparison import Verdicts, compare, compare_points, passed, verdicts
from deploy.truth import Counter, Emitted, Raised, Thrown, Truth

TRUTH = Truth(
    community="garden",
    started_ms=1_000,
    ended_ms=61_000,
    pictures="drawn",
    drained=True,
    devices={"bin-1": Counter("epoch0001", 5), "bin-2": Counter("epoch0002", 4)},
    events=Emitted(total=9, telemetry=6, deposit=3),
    photos=3,
    alerts=[Raised("bin-1", "overflow", fired=2, resolved=1, compartment="kitchen")],
    deposits=[
        Thrown("bin-1", "epoch0001", 2, "correct"),
        Thrown("bin-1", "epoch0001", 4, "missorted"),
        Thrown("bin-2", "epoch0002", 3, "unsure"),
    ],
)
ANSWERS = Answers(
    Totals(events=9, deposits=3, photos=3),
    [Ledger("bin-1", "epoch0001", received=5, duplicate=2), Ledger("bin-2", "epoch0002", received=4)],
    [
        Alert("bin-1", "overflow", resolved_ms=30_000, compartment="kitchen"),
        Alert("bin-1", "overflow", compartment="kitchen"),
        Alert("bin-2", "missort", compartment="other"),
    ],
    [
        Deposit("bin-1", "epoch0001", 2, "correct"),
        Deposit("bin-1", "epoch0001", 4, "correct"),
        Deposit("bin-2", "epoch0002", 3, "unsure"),
    ],
)


def different(**changes: object) -> Answers:
    return Answers(
        **{
            name: changes.get(name, getattr(ANSWERS, name))
            for name in ("totals", "ledgers", "alerts", "deposits")
        }  # type: ignore[arg-type]
    )


def wrong(answers: Answers) -> set[str]:
    return {line.what for line in compare(TRUTH, answers) if line.decides and not line.equal}


def test_equal_answers_pass_though_events_came_twice_and_a_verdict_was_wrong() -> None:
    assert passed(compare(TRUTH, ANSWERS))
    assert wrong(ANSWERS) == set()


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (different(totals=Totals(events=8, deposits=3)), {"events stored"}),
        (different(totals=Totals(events=9, deposits=2)), {"deposits"}),
        (different(totals=Totals(events=9, deposits=3, dead_letters=1)), {"dead letters"}),
        (different(ledgers=ANSWERS.ledgers[:1]), {"events lost"}),
        (
            different(ledgers=[Ledger("bin-1", "epoch0001", received=6), ANSWERS.ledgers[1]]),
            {"events stored twice"},
        ),
        (
            different(ledgers=[*ANSWERS.ledgers, Ledger("bin-3", "epoch0003", received=1)]),
            {"events of other devices or epochs"},
        ),
        (
            different(ledgers=[*ANSWERS.ledgers, Ledger("bin-1", "epoch0009", received=1)]),
            {"events of other devices or epochs"},
        ),
        # One lost here and one too many there do not make it even.
        (
            different(
                ledgers=[Ledger("bin-1", "epoch0001", received=6), Ledger("bin-2", "epoch0002", received=3)]
            ),
            {"events lost", "events stored twice"},
        ),
        (different(deposits=ANSWERS.deposits[:2]), {"deposits, one by one"}),
        (
            different(deposits=[*ANSWERS.deposits, ANSWERS.deposits[0]]),
            {"deposits, one by one", "events stored twice"},
        ),
        (different(alerts=ANSWERS.alerts[1:]), {"overflow alerts"}),
        # As many, but at another place.
        (
            different(alerts=[ANSWERS.alerts[0], Alert("bin-2", "overflow", compartment="kitchen")]),
            {"overflow alerts"},
        ),
        # A kind that the truth never had.
        (different(alerts=[*ANSWERS.alerts, Alert("bin-1", "heat")]), {"heat alerts"}),
    ],
)
def test_each_difference_is_seen_and_decides(answers: Answers, lines: set[str]) -> None:
    assert wrong(answers) == lines
    assert not passed(compare(TRUTH, answers))


def test_photos_are_shown_and_decide_nothing() -> None:
    lines = compare(TRUTH, different(totals=Totals(events=9, deposits=3, photos=2)))
    assert [line.equal for line in lines if line.what == "photos kept"] == [False]
    assert passed(lines)


def test_verdicts_are_right_wrong_or_unsure() -> None:
    assert verdicts(TRUTH, ANSWERS) == Verdicts(right=2, wrong=1, unsure=0)
    unsure = [msgspec.structs.replace(deposit, outcome="unsure") for deposit in ANSWERS.deposits]
    assert verdicts(TRUTH, different(deposits=unsure)) == Verdicts(right=1, wrong=0, unsure=2)


def test_points_are_those_of_the_events_and_of_each_change_of_an_alert() -> None:
    assert passed(compare_points(TRUTH, ANSWERS, {"telemetry": 6, "deposit": 3, "alert": 4}))
    for missing in ("telemetry", "deposit", "alert"):
        points = {"telemetry": 6, "deposit": 3, "alert": 4}
        points[missing] -= 1
        assert not passed(compare_points(TRUTH, ANSWERS, points))
