"""evaluate(rule, alert, reading, now): what becomes of an alert, and the name of the reason. Pure."""

from msgspec.structs import replace

from linli.alerts.readings import Condition, Judged, Level, Presence, Reading, Stamping
from linli.alerts.rules import ClockRule, ConditionRule, LevelRule, MuteRule, PresenceRule, Rule, StreakRule
from linli.alerts.state import Alert, Reason, State
from linli.waste import Gravity, Outcome


def evaluate(rule: Rule, alert: Alert, reading: Reading, now: int) -> tuple[Alert, Reason]:
    """Decide. Presence rules go by `now` (ms), the others by event time.

    A newest reading that lies after `now` was placed by a clock that has been put right since: it makes
    nothing late.

    Raises TypeError when the reading is not of the rule's sort (a fault in the caller).
    """
    match rule, reading:
        case LevelRule(), Level():
            return _level(rule, _believed(alert, now), reading)
        case StreakRule(), Judged():
            return _streak(rule, _believed(alert, now), reading)
        case PresenceRule(), Presence():
            return _presence(rule, alert, reading, now)
        case MuteRule(), Presence():
            return _mute(rule, alert, reading, now)
        case ConditionRule(), Condition():
            return _condition(_believed(alert, now), reading)
        case ClockRule(), Stamping():
            return _clock(rule, alert, reading)
    raise TypeError(f"{type(rule).__name__} cannot read a {type(reading).__name__}")


def is_calm(rule: LevelRule, alert: Alert, value: float) -> bool:
    """Whether `evaluate` would change nothing but what the last reading was, whenever it was taken.

    Nearly all readings are so: within the limit, and nothing begun. Whoever has thousands asks this first.
    """
    return within(rule, value) and is_quiet(alert)


def within(rule: LevelRule, value: float) -> bool:
    """Whether the value is not past the limit at which the rule fires."""
    return value > rule.fire_at if rule.falling else value < rule.fire_at


def is_quiet(alert: Alert) -> bool:
    """Whether nothing has begun: no value within the limit changes such an alert."""
    return not (alert.count or alert.window or alert.held or alert.state in _BEGUN)


_NOTED_EVERY_MS = 60_000
"""So often is it written down that a clock is still wrong: not with each of its batches."""
_BEGUN = (State.PENDING, State.FIRING)


def _believed(alert: Alert, now: int) -> Alert:
    return alert if alert.last_ms is None or alert.last_ms <= now else replace(alert, last_ms=now)


def _level(rule: LevelRule, alert: Alert, reading: Level) -> tuple[Alert, Reason]:
    sign = -1 if rule.falling else 1
    over = sign * reading.value >= sign * rule.fire_at
    clear = sign * reading.value < sign * rule.clear_at
    if alert.last_ms is not None and reading.at_ms < alert.last_ms:
        return _late_level(rule, alert, reading, over=over)
    alert = replace(alert, last_ms=reading.at_ms, value=reading.value, window="")
    if alert.held:
        return (replace(alert, held=False, count=0), Reason.CLEARED) if clear else (alert, Reason.HELD)
    if alert.state is State.FIRING:
        if clear:
            return _resolve(alert, reading.at_ms), Reason.CLEARED
        return alert, Reason.STILL_FIRING if over else Reason.NOT_YET_CLEAR
    if not over:
        quiet = State.INACTIVE if alert.state is State.PENDING else alert.state
        return replace(alert, state=quiet, count=0), Reason.NORMAL
    if alert.count + 1 >= rule.confirm:
        reason = Reason.UNDER_LIMIT if rule.falling else Reason.OVER_LIMIT
        return _fire(alert, reading.at_ms), reason
    return replace(
        alert, state=State.PENDING, since_ms=reading.at_ms, count=alert.count + 1
    ), Reason.CONFIRMING


def _late_level(rule: LevelRule, alert: Alert, reading: Level, *, over: bool) -> tuple[Alert, Reason]:
    """A reading that newer ones overtook: a broker forgot it, or the device was away.

    It cannot end anything. But a limit that was passed and never seen is an alert of the past; what came
    after it ends it (`newest`). What lies before the last time it was resolved is part of that story.
    """
    if alert.state is State.FIRING or alert.held or _is_told(alert, reading.at_ms):
        return alert, Reason.LATE_READING
    if not over:
        return (replace(alert, window="") if alert.window else alert), Reason.LATE_READING
    late = alert.window + "x"
    if len(late) < rule.confirm:
        return replace(alert, window=late), Reason.CONFIRMING
    return replace(_fire(alert, reading.at_ms), value=reading.value, window=""), Reason.LATE_OVER_LIMIT


def newest(rule: Rule, alert: Alert) -> Level | Condition | None:
    """The newest reading that the alert knows: to be evaluated again when a late one has made it fire.

    None where one reading ends nothing.
    """
    if alert.last_ms is None or alert.value is None:
        return None
    match rule:
        case LevelRule():
            return Level(alert.last_ms, alert.value)
        case ConditionRule():
            return Condition(alert.last_ms, present=bool(alert.value), number=alert.count)
    return None


def came_late(alert: Alert, reading: Reading) -> bool:
    """Whether the alert knows a newer reading."""
    if alert.last_ms is None or isinstance(reading, Presence):
        return False
    if isinstance(reading, Condition) and reading.at_ms == alert.last_ms:
        return reading.number < alert.count
    return reading.at_ms < alert.last_ms


def _is_told(alert: Alert, at_ms: int) -> bool:
    """Whether it is part of a story that is over."""
    return alert.state is State.RESOLVED and alert.since_ms is not None and at_ms <= alert.since_ms


def _streak(rule: StreakRule, alert: Alert, reading: Judged) -> tuple[Alert, Reason]:
    if alert.last_ms is not None and reading.at_ms < alert.last_ms:
        return _late_deposit(alert, reading)
    alert = replace(alert, last_ms=reading.at_ms)
    if reading.outcome not in (Outcome.CORRECT, Outcome.MISSORTED):
        return alert, Reason.UNSURE_DEPOSIT
    missed = reading.outcome is Outcome.MISSORTED
    window = (alert.window + ("x" if missed else "."))[-rule.window :]
    misses = window.count("x")
    alert = replace(alert, window=window, value=float(misses))
    cleared = window.endswith("." * rule.clears)
    if alert.held or alert.state is State.FIRING:
        if not cleared:
            return alert, Reason.HELD if alert.held else Reason.STILL_FIRING
        if alert.held:
            return replace(alert, held=False, window=""), Reason.CORRECT_STREAK
        return replace(_resolve(alert, reading.at_ms), window=""), Reason.CORRECT_STREAK
    if missed and reading.gravity is Gravity.GRAVE:
        return _fire(alert, reading.at_ms), Reason.GRAVE_MISSORT
    if missed and misses >= rule.misses:
        return _fire(alert, reading.at_ms), Reason.MISSORT_STREAK
    return alert, Reason.NORMAL


def _late_deposit(alert: Alert, reading: Judged) -> tuple[Alert, Reason]:
    """It has no place in the row of those after it; but a grave one needs no row."""
    grave = reading.outcome is Outcome.MISSORTED and reading.gravity is Gravity.GRAVE
    if not grave or alert.held or alert.state is State.FIRING or _is_told(alert, reading.at_ms):
        return alert, Reason.LATE_READING
    return _fire(alert, reading.at_ms), Reason.GRAVE_MISSORT


def _presence(rule: PresenceRule, alert: Alert, reading: Presence, now: int) -> tuple[Alert, Reason]:
    firing = alert.state is State.FIRING
    if reading.gateway_offline:
        return (_resolve(alert, now) if firing else alert), Reason.GATEWAY_OFFLINE
    gone = _gone(rule, reading, now)
    if gone is None:
        return (_resolve(alert, now), Reason.HEARD_AGAIN) if firing else (_quiet(alert), Reason.NORMAL)
    if alert.held:
        return alert, Reason.HELD
    return (alert, Reason.STILL_FIRING) if firing else (_fire(alert, now), gone)


def _gone(rule: PresenceRule, reading: Presence, now: int) -> Reason | None:
    if reading.state == "asleep" and reading.wakes_ms is not None:
        return Reason.OVERSLEPT if now > reading.wakes_ms + rule.after_ms else None
    if (
        reading.state == "online"
    ):  # the broker holds its will and would have told; that it is silent is muteness
        return None
    if now - reading.heard_ms <= rule.after_ms:
        return None
    return Reason.SAID_OFFLINE if reading.state == "offline" else Reason.SILENT


def _mute(rule: MuteRule, alert: Alert, reading: Presence, now: int) -> tuple[Alert, Reason]:
    firing = alert.state is State.FIRING
    if reading.state != "online":  # then the offline rule speaks, not this one
        return (_resolve(alert, now) if firing else alert), Reason.NORMAL
    if now - reading.events_ms <= rule.after_ms:
        return (_resolve(alert, now), Reason.HEARD_AGAIN) if firing else (_quiet(alert), Reason.NORMAL)
    if alert.held:
        return alert, Reason.HELD
    return (alert, Reason.STILL_FIRING) if firing else (_fire(alert, now), Reason.NO_EVENTS)


def _condition(alert: Alert, reading: Condition) -> tuple[Alert, Reason]:
    firing = alert.state is State.FIRING
    if came_late(alert, reading):
        if not reading.present or firing or alert.held or _is_told(alert, reading.at_ms):
            return alert, Reason.LATE_READING
        fired = replace(_fire(alert, reading.at_ms), count=alert.count)
        return fired, reading.why  # what came after it ends it: see newest()
    number = reading.number
    alert = replace(alert, last_ms=reading.at_ms, value=float(reading.present), count=number)
    if not reading.present:
        over = replace(_resolve(alert, reading.at_ms), count=number) if firing else _quiet(alert)
        return over, Reason.GONE if firing else Reason.NORMAL
    if alert.held or firing:
        return alert, Reason.HELD if alert.held else Reason.STILL_FIRING
    return replace(_fire(alert, reading.at_ms), count=number), reading.why


def _clock(rule: ClockRule, alert: Alert, reading: Stamping) -> tuple[Alert, Reason]:
    off = abs(reading.offset_ms)
    noted = replace(alert, last_ms=reading.at_ms, value=off / 60_000)
    firing = alert.state is State.FIRING
    if off > rule.fire_ms or reading.wrong is not None:
        if firing or alert.held:
            stale = alert.last_ms is None or not 0 <= reading.at_ms - alert.last_ms <= _NOTED_EVERY_MS
            noted = replace(alert, last_ms=reading.at_ms) if stale else alert
            return noted, Reason.STILL_FIRING if firing else Reason.HELD
        behind = Reason.CLOCK_BEHIND if reading.offset_ms > 0 else Reason.CLOCK_AHEAD
        absurd = reading.wrong is Reason.ABSURD_STAMPS or off <= rule.fire_ms
        return _fire(noted, reading.at_ms), reading.wrong if absurd and reading.wrong else behind
    lately = alert.last_ms is not None and 0 <= reading.at_ms - alert.last_ms < rule.right_for_ms
    if not reading.known or off > rule.clear_ms or (lately and (firing or alert.held)):
        return alert, Reason.NOT_YET_CLEAR if firing else Reason.NORMAL
    return (_resolve(noted, reading.at_ms), Reason.CLOCK_RIGHT) if firing else (_quiet(alert), Reason.NORMAL)


def _fire(alert: Alert, at_ms: int) -> Alert:
    return replace(alert, state=State.FIRING, since_ms=at_ms, fired_ms=at_ms, count=0)


def _resolve(alert: Alert, at_ms: int) -> Alert:
    return replace(alert, state=State.RESOLVED, since_ms=at_ms, count=0)


def _quiet(alert: Alert) -> Alert:
    return replace(alert, held=False) if alert.held else alert
