"""The rules, as data, with the values linli starts from."""

from dataclasses import dataclass

from linli.alerts.state import AlertKind, Severity


@dataclass(frozen=True, slots=True)
class LevelRule:
    """Fires when `channel` is at or past `fire_at` in `confirm` readings in a row, clears past `clear_at`.

    `falling`: past means at or below (a battery), else at or above. Limits are in the channel's unit.
    """

    kind: AlertKind
    severity: Severity
    channel: str
    fire_at: float
    clear_at: float
    confirm: int = 1
    falling: bool = False


@dataclass(frozen=True, slots=True)
class StreakRule:
    """Fires on a grave mis-sort, or when `misses` of the last `window` judged deposits were mis-sorted.

    Clears after `clears` correct ones in a row. Unsure deposits and missed recycling say nothing.
    """

    kind: AlertKind
    severity: Severity
    misses: int
    window: int
    clears: int


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """Fires `after_ms` after a device went offline, was last heard (without a status) or overslept."""

    kind: AlertKind
    severity: Severity
    after_ms: int


@dataclass(frozen=True, slots=True)
class MuteRule:
    """Fires when a connected device has sent no event for `after_ms`."""

    kind: AlertKind
    severity: Severity
    after_ms: int


@dataclass(frozen=True, slots=True)
class ConditionRule:
    """Fires when a device, or linli itself, says that something is so, clears when it is no more."""

    kind: AlertKind
    severity: Severity


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Fires when a clock is off by more than `fire_ms` or its stamps cannot be true.

    Clears when it is known to be off by no more than `clear_ms`, and stamps so, `right_for_ms` after it was
    last wrong: one that begins in 1970 each time it wakes is one alert.
    """

    kind: AlertKind
    severity: Severity
    fire_ms: int
    clear_ms: int
    right_for_ms: int


Rule = LevelRule | StreakRule | PresenceRule | MuteRule | ConditionRule | ClockRule

OVERFLOW = LevelRule(AlertKind.OVERFLOW, Severity.WARNING, "fill_pct", 90.0, 80.0, confirm=2)
HEAT = LevelRule(AlertKind.HEAT, Severity.CRITICAL, "temperature_c", 60.0, 50.0)
LOW_BATTERY = LevelRule(
    AlertKind.LOW_BATTERY, Severity.INFO, "battery_pct", 20.0, 30.0, confirm=2, falling=True
)
MISSORT = StreakRule(AlertKind.MISSORT, Severity.WARNING, misses=3, window=10, clears=5)
OFFLINE = PresenceRule(AlertKind.OFFLINE, Severity.WARNING, after_ms=180_000)
MUTE = MuteRule(AlertKind.MUTE, Severity.WARNING, after_ms=3_600_000)
HISTORY_BEHIND = ConditionRule(AlertKind.HISTORY_BEHIND, Severity.WARNING)
HISTORY_REFUSED = ConditionRule(AlertKind.HISTORY_REFUSED, Severity.WARNING)
LENS_COVERED = ConditionRule(AlertKind.LENS_COVERED, Severity.WARNING)
CLOCK = ClockRule(AlertKind.CLOCK, Severity.INFO, fire_ms=120_000, clear_ms=60_000, right_for_ms=1_800_000)

LEVEL_RULES = (OVERFLOW, HEAT, LOW_BATTERY)
RULES: dict[AlertKind, Rule] = {
    rule.kind: rule
    for rule in (
        OVERFLOW,
        HEAT,
        LOW_BATTERY,
        MISSORT,
        OFFLINE,
        MUTE,
        LENS_COVERED,
        CLOCK,
        HISTORY_BEHIND,
        HISTORY_REFUSED,
    )
}

PAGE_WITHIN_MS = 900_000
"""A change that is older than this when it is found out is kept and pages no one."""
FOR_THE_PAGES_ALONE = frozenset({AlertKind.CLOCK})
"""linli sets these right by itself: they are shown, and nobody need come."""


def pages(kind: AlertKind, happened_ms: int, now_ms: int) -> bool:
    """Whether a change of an alert is fresh enough to call somebody."""
    return now_ms - happened_ms <= PAGE_WITHIN_MS and kind not in FOR_THE_PAGES_ALONE
