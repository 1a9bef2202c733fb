"""An alert as each line of its timeline left it, though more may have happened since."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from linli.alerts.state import State
from linli.ports.alert_rows import AlertChange, AlertRow


def as_left(row: AlertRow, timeline: Iterable[AlertChange]) -> Iterator[tuple[AlertChange, AlertRow]]:
    """Each change of `row`, in order, with the alert as it was then. `timeline` is all of it."""
    row = replace(row, state=State.FIRING, resolved_ms=None, acknowledged_ms=None, acknowledged_by="")
    for change in timeline:
        if change.change == "resolved":
            row = replace(row, state=State.RESOLVED, resolved_ms=change.at_ms)
        elif change.change == "acknowledged":
            row = replace(row, acknowledged_ms=change.at_ms, acknowledged_by=change.by)
        yield change, row
