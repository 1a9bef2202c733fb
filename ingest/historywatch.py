"""Alerts about the time-series store itself: the charts are behind, or it takes nothing and will not heal.

The forwarder says how it is in a report; this reads the report, so that every ingest can tell its own
communities, whichever of them forwards. One cause, one call: while it is said that the store refuses, nobody
is told as well that it is behind.
"""

from collections.abc import Sequence

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from linli.alerts.readings import Condition
from linli.alerts.rules import HISTORY_BEHIND, HISTORY_REFUSED, ConditionRule
from linli.alerts.state import Reason, State
from linli.ports.forwarder_report import ForwarderReport, ForwarderState, Outlook, read_forwarder_report
from linli.ports.operational import IngestStore
from linli.ports.rows import DeviceRow

EVERY_MS = 5_000
BEHIND_AFTER_MS = 900_000
"""Not once in so long all that is stored was written: a restart of InfluxDB or a busy hour calls nobody."""
SILENT_MS = 30_000
"""A forwarder that has not spoken for so long says nothing of how it is now."""
_CAUSES = {ForwarderState.REFUSED: Reason.HISTORY_SET_UP, ForwarderState.FAULT: Reason.HISTORY_FAULT}

Finding = tuple[ConditionRule, bool, Reason]
"""(rule, whether it is so, why)"""


class HistoryWatch:
    """Finds out what is so; only what has changed is told."""

    def __init__(self, store: IngestStore) -> None:
        self._store = store
        self._look_at_ms = 0
        self._since_ms: int | None = None
        """Since when not all was written."""
        self._told: dict[ConditionRule, bool] = {}
        self._loads = 0

    def findings(self, now_ms: int, steady_ms: int, loads: int) -> list[Finding]:
        """What is to be told. `loads` counts how often memory was read: then there may be new communities.

        Raises StoreUnavailable.
        """
        if steady_ms < self._look_at_ms:
            return []
        self._look_at_ms = steady_ms + EVERY_MS
        if loads != self._loads:
            self._loads = loads
            self._told.clear()
        report = _heard(self._store.reports().get("forwarder"), now_ms)
        found = [*self._refused(report), *self._behind(report, steady_ms)]
        return [each for each in found if self._told.get(each[0]) is not each[1]]

    def told(self, findings: Sequence[Finding]) -> None:
        """They are committed."""
        self._told |= {rule: present for rule, present, _ in findings}

    def _refused(self, report: ForwarderReport) -> list[Finding]:
        if report.outlook is Outlook.LASTS:
            return [(HISTORY_REFUSED, True, _CAUSES.get(report.state, Reason.HISTORY_FAILING))]
        # Anything else is no sign that it takes points again: it may be away as well.
        takes = report.is_well or report.state is ForwarderState.OFF
        return [(HISTORY_REFUSED, False, Reason.GONE)] if takes else []

    def _behind(self, report: ForwarderReport, steady_ms: int) -> list[Finding]:
        if report.state in (ForwarderState.IDLE, ForwarderState.OFF):
            self._since_ms = None
            return [(HISTORY_BEHIND, False, Reason.GONE)]
        if (
            self._since_ms is None or report.outlook is Outlook.LASTS
        ):  # when it heals it is given its time to catch up
            self._since_ms = steady_ms
        if steady_ms - self._since_ms < BEHIND_AFTER_MS:
            return []
        return [(HISTORY_BEHIND, True, Reason.HISTORY_NOT_WRITTEN)]


def judge(findings: Sequence[Finding], draft: Draft) -> None:
    """Tell every community. Such an alert belongs to no device, so its device is empty."""
    for community in draft.memory.sites:
        home = DeviceRow(community, "", accepted=True)
        for rule, present, why in findings:
            alert = draft.slot((community, ""), ("", rule.kind)).alert
            if not present and alert.state is not State.FIRING and not alert.held:
                continue  # nothing to take back
            trigger = Trigger(str(draft.now_ms), draft.now_ms)
            consider(rule, Condition(draft.now_ms, present, why), home, "", trigger, draft)


def _heard(said: tuple[bytes, int] | None, now_ms: int) -> ForwarderReport:
    if said is None:
        return ForwarderReport(ForwarderState.OFF)
    body, at_ms = said
    report = read_forwarder_report(body)
    if report is None:
        return ForwarderReport(ForwarderState.SILENT)
    if report.state is not ForwarderState.OFF and abs(now_ms - at_ms) > SILENT_MS:
        return ForwarderReport(ForwarderState.SILENT)
    return report
