"""An alert's state as a value. State is one axis; acknowledgement is another and is kept in the store."""

from enum import StrEnum

from msgspec import Struct


class AlertKind(StrEnum):
    """What an alert is about."""

    OVERFLOW = "overflow"
    HEAT = "heat"
    MISSORT = "missort"
    OFFLINE = "offline"
    MUTE = "mute"
    LOW_BATTERY = "low_battery"
    LENS_COVERED = "lens_covered"
    CLOCK = "clock"
    HISTORY_BEHIND = "history_behind"
    HISTORY_REFUSED = "history_refused"


class Severity(StrEnum):
    """How soon somebody must act."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class State(StrEnum):
    """Inactive: nothing. Pending: seen, not sure yet. Firing: somebody must act. Resolved: it is over."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(Struct, frozen=True, gc=False):
    """The state of one rule at one place (device, compartment).

    `since_ms`: when this state was entered; `fired_ms`: when it last began to fire; `last_ms`: the newest
    reading considered (of a clock: when it was last wrong); `value`: that reading, in the rule's unit;
    `count`: readings in a row that speak for a change, and of a condition the number of the last; `window`:
    outcomes a streak rule remembers, oldest first, or the late readings past its limit that a level rule has
    seen in a row; `held`: resolved by hand and not to fire again before it has cleared. All times ms UTC.
    """

    state: State = State.INACTIVE
    since_ms: int | None = None
    fired_ms: int | None = None
    last_ms: int | None = None
    value: float | None = None
    count: int = 0
    window: str = ""
    held: bool = False


class Reason(StrEnum):
    """Why `evaluate` answered as it did."""

    NORMAL = "normal"
    CONFIRMING = "confirming"
    OVER_LIMIT = "over_limit"
    UNDER_LIMIT = "under_limit"
    STILL_FIRING = "still_firing"
    NOT_YET_CLEAR = "not_yet_clear"
    CLEARED = "cleared"
    LATE_READING = "late_reading"
    LATE_OVER_LIMIT = "late_over_limit"
    HELD = "held"
    GRAVE_MISSORT = "grave_missort"
    MISSORT_STREAK = "missort_streak"
    UNSURE_DEPOSIT = "unsure_deposit"
    CORRECT_STREAK = "correct_streak"
    SAID_OFFLINE = "said_offline"
    OVERSLEPT = "overslept"
    SILENT = "silent"
    NO_EVENTS = "no_events"
    HEARD_AGAIN = "heard_again"
    GATEWAY_OFFLINE = "gateway_offline"
    SEEN = "seen"
    GONE = "gone"
    HISTORY_NOT_WRITTEN = "history_not_written"
    HISTORY_SET_UP = "history_set_up"
    HISTORY_FAILING = "history_failing"
    HISTORY_FAULT = "history_fault"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    ABSURD_STAMPS = "absurd_stamps"
    STAMPS_SET_BACK = "stamps_set_back"
    CLOCK_RIGHT = "clock_right"
