"""Truth beside answers. Pure: what happened and what the API said go in, lines of a table come out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deploy.answers import Answers, Deposit
from deploy.truth import Thrown, Truth

# The alerts that follow from readings alone; others need a verdict or a clock.
FROM_READINGS = ("overflow", "heat", "low_battery")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. A line that `decides` must be `equal`, or the demo fails."""

    what: str
    truth: str
    answer: str
    equal: bool
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How the deposits were judged, beside what a perfect judge would say. Decides nothing."""

    right: int
    wrong: int
    unsure: int

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.unsure


def compare(truth: Truth, answers: Answers) -> list[Line]:
    """The lines of the table that every demo prints."""
    return [
        _line("events stored", truth.events.total, answers.totals.events),
        _line("deposits", truth.events.deposit, answers.totals.deposits),
        _line("deposits, one by one", len(truth.deposits), _deposits_found(truth.deposits, answers.deposits)),
        _line("events lost", 0, _lost(truth, answers)),
        _line("events stored twice", 0, _twice(truth, answers)),
        _line("events of other devices or epochs", 0, _foreign(truth, answers)),
        _line("dead letters", 0, answers.totals.dead_letters),
        _line("photos kept", truth.photos, answers.totals.photos, decides=False),
        *_alert_lines(truth, answers),
    ]


def compare_points(truth: Truth, answers: Answers, points: Mapping[str, int]) -> list[Line]:
    """The lines for the time-series store; `points` is how many it has of each measurement."""
    changes = sum(1 if alert.resolved_ms is None else 2 for alert in answers.alerts)
    return [
        _line("telemetry points", truth.events.telemetry, points["telemetry"]),
        _line("deposit points", truth.events.deposit, points["deposit"]),
        _line("alert points", changes, points["alert"]),
    ]


def passed(lines: Iterable[Line]) -> bool:
    return all(line.equal for line in lines if line.decides)


def verdicts(truth: Truth, answers: Answers) -> Verdicts:
    """Right: as a perfect judge. Unsure: no verdict, and so not wrong."""
    said = {_name(deposit): deposit.outcome for deposit in answers.deposits}
    judged: Counter[str] = Counter()
    for thrown in truth.deposits:
        outcome = said.get(_name(thrown), "unsure")
        if outcome == thrown.outcome:
            judged["right"] += 1
        elif outcome == "unsure":
            judged["unsure"] += 1
        else:
            judged["wrong"] += 1
    return Verdicts(judged["right"], judged["wrong"], judged["unsure"])


def _line(what: str, truth: int, answer: int, *, decides: bool = True) -> Line:
    return Line(what, f"{truth:,}", f"{answer:,}", truth == answer, decides)


def _name(deposit: Thrown | Deposit) -> tuple[str, str, int]:
    return deposit.device, deposit.epoch, deposit.seq


def _deposits_found(thrown: list[Thrown], stored: list[Deposit]) -> int:
    """Deposits of the truth that the API lists by name; one it lists twice makes the number wrong."""
    names = Counter(_name(deposit) for deposit in stored)
    return sum(names[_name(deposit)] for deposit in thrown)


def _lost(truth: Truth, answers: Answers) -> int:
    """Numbers that were given out and are not stored, whatever the ledger says became of them."""
    received = Counter[tuple[str, str]]()
    for ledger in answers.ledgers:
        received[ledger.device, ledger.epoch] += ledger.received
    return sum(
        max(0, counter.events - received[device, counter.epoch]) for device, counter in truth.devices.items()
    )


def _twice(truth: Truth, answers: Answers) -> int:
    """Stored events beyond the numbers given out, and deposits that are listed more than once."""
    given = _given(truth)
    beyond = sum(
        max(0, ledger.received - given.get((ledger.device, ledger.epoch), ledger.received))
        for ledger in answers.ledgers
    )
    names = Counter(_name(deposit) for deposit in answers.deposits)
    return beyond + sum(times - 1 for times in names.values())


def _foreign(truth: Truth, answers: Answers) -> int:
    """Stored events that are not this demo's at all: somebody else's devices publish at its broker."""
    given = _given(truth)
    return sum(ledger.received for ledger in answers.ledgers if (ledger.device, ledger.epoch) not in given)


def _given(truth: Truth) -> dict[tuple[str, str], int]:
    return {(device, counter.epoch): counter.events for device, counter in truth.devices.items()}


def _alert_lines(truth: Truth, answers: Answers) -> list[Line]:
    """One line for each kind: how often it fired and ended, compared place by place."""
    wanted = {
        (raised.kind, raised.device, raised.compartment): (raised.fired, raised.resolved)
        for raised in truth.alerts
        if raised.fired
    }
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for alert in answers.alerts:
        place = alert.kind, alert.device, alert.compartment or ""
        fired, resolved = found.get(place, (0, 0))
        found[place] = fired + 1, resolved + (alert.resolved_ms is not None)
    return [_alert_line(kind, wanted, found) for kind in FROM_READINGS]


def _alert_line(
    kind: str,
    wanted: dict[tuple[str, str, str], tuple[int, int]],
    found: dict[tuple[str, str, str], tuple[int, int]],
) -> Line:
    of_truth = {place: counts for place, counts in wanted.items() if place[0] == kind}
    of_answer = {place: counts for place, counts in found.items() if place[0] == kind}
    return Line(f"{kind} alerts", _fired(of_truth), _fired(of_answer), of_truth == of_answer)


def _fired(places: dict[tuple[str, str, str], tuple[int, int]]) -> str:
    fired = sum(counts[0] for counts in places.values())
    resolved = sum(counts[1] for counts in places.values())
    return f"{fired} fired, {resolved} over"
