"""The rows of alerts: the state of each rule, the alerts that fired, their timelines. Times are ms UTC."""

from dataclasses import dataclass

from msgspec import Struct

from linli.alerts.state import Alert, AlertKind, Severity


class SlotRow(Struct, frozen=True, gc=False):
    """The state of one rule at one place (`compartment` "" for the device), and its last alert."""

    community: str
    device: str
    compartment: str
    kind: AlertKind
    alert: Alert
    alert_id: str = ""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert that a person sees: it fired at `fired_ms`, and is firing until `resolved_ms` is set.

    `photo_sha256` is the evidence where there is one. `pages`: it was fresh enough to call somebody.
    Acknowledgement belongs to the operator: ingest never writes it.
    """

    id: str
    community: str
    building: str
    device: str
    compartment: str
    kind: AlertKind
    severity: Severity
    state: str
    reason: str
    value: float | None
    photo_sha256: str
    fired_ms: int
    resolved_ms: int | None = None
    pages: bool = True
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One line of an alert's timeline. `change`: fired, resolved, acknowledged; `by`: rule or a person.

    `number` (0 before it is stored) grows; notification and forwarding run over it.
    """

    alert_id: str
    change: str
    reason: str
    at_ms: int
    recorded_ms: int
    by: str = "rule"
    value: float | None = None
    pages: bool = True
    number: int = 0
