"""A rule meets a reading: the state of the rule, and the alert and its change when there is one."""

import dataclasses
import hashlib

from msgspec import Struct
from msgspec.structs import replace

from ingest.draft import Draft
from ingest.openplace import OpenPlace
from linli.alerts.evaluate import came_late, evaluate, is_calm, newest
from linli.alerts.readings import Level, Reading
from linli.alerts.rules import LevelRule, Rule, pages
from linli.alerts.state import Alert, Reason, State
from linli.ports.alert_rows import AlertChange, AlertRow, SlotRow
from linli.ports.rows import DeviceRow


class Trigger(Struct, gc=False):
    """What a reading came from: a name that is the same whenever it comes again, its time, and its photo."""

    name: str
    at_ms: int
    photo_sha256: str = ""


def consider(
    rule: Rule, reading: Reading, home: DeviceRow, compartment: str, trigger: Trigger, draft: Draft
) -> None:
    """Let `rule` look at `reading` of a place; write what it makes of it."""
    slot = draft.slot((home.community, home.id), (compartment, rule.kind))
    before = slot.alert
    after, reason = evaluate(rule, before, reading, draft.now_ms)
    if after is before:
        return
    _change(rule, slot, after, reason, after.value, home, trigger, draft)
    again = _ended_since(rule, before, after, reading, draft)
    if again is not None:
        slot = draft.slot((home.community, home.id), (compartment, rule.kind))
        _change(rule, slot, *again, again[0].value, home, _since(again[0], trigger), draft)


def consider_level(
    rule: LevelRule,
    epoch: str,
    seq: int,
    reading: Level,
    home: DeviceRow,
    place: OpenPlace,
    draft: Draft,
) -> None:
    """The same for a level, of which there are thousands: a calm one changes nothing and costs little.

    The last reading of a level rule is the newest value of its place, and is not kept a second time with the
    rule's state.
    """
    device, at_ms = (home.community, home.id), reading.at_ms
    slot = draft.slot(device, (place.compartment, rule.kind))
    before = slot.alert
    if is_calm(rule, before, reading.value):
        return
    place.quiet = False
    known = place.newest.get(rule.channel)
    if known is not None:
        before = replace(before, last_ms=known[1], value=known[0])
        if at_ms == known[1] and seq < known[2]:
            # In the same millisecond the numbers tell which is older.
            reading = Level(at_ms - 1, reading.value)
    after, reason = evaluate(rule, before, reading, draft.now_ms)
    kept = replace(after, last_ms=None, value=None)
    if kept == slot.alert:
        return
    trigger = Trigger(f"{epoch}/{seq}", at_ms)
    _change(rule, slot, kept, reason, reading.value, home, trigger, draft)
    again = _ended_since(rule, before, after, reading, draft)
    if again is not None:
        slot = draft.slot(device, (place.compartment, rule.kind))
        ended = replace(again[0], last_ms=None, value=None)
        _change(rule, slot, ended, again[1], again[0].value, home, _since(again[0], trigger), draft)


def _ended_since(
    rule: Rule, before: Alert, after: Alert, reading: Reading, draft: Draft
) -> tuple[Alert, Reason] | None:
    """What the newest reading makes of an alert that an older one, which came late, has made to fire."""
    if after.state is not State.FIRING or before.state is State.FIRING or not came_late(before, reading):
        return None
    known = newest(rule, before)
    if known is None or known.at_ms > draft.now_ms:
        return None
    ended, reason = evaluate(rule, after, known, draft.now_ms)
    return (ended, reason) if ended.state is State.RESOLVED else None


def _since(ended: Alert, trigger: Trigger) -> Trigger:
    return Trigger(trigger.name, ended.since_ms or trigger.at_ms)


def _change(
    rule: Rule,
    slot: SlotRow,
    after: Alert,
    reason: Reason,
    value: float | None,
    home: DeviceRow,
    trigger: Trigger,
    draft: Draft,
) -> None:
    before, compartment = slot.alert, slot.compartment
    fired = after.state is State.FIRING and before.state is not State.FIRING
    alert_id = alert_name(slot, trigger.name) if fired else slot.alert_id
    draft.put_slot(SlotRow(slot.community, slot.device, slot.compartment, slot.kind, after, alert_id))
    if fired:
        _fire(rule, home, compartment, trigger, reason.value, value, alert_id, draft)
    elif before.state is State.FIRING and after.state is State.RESOLVED:
        _resolve(rule, alert_id, reason.value, trigger.at_ms, value, draft)


def alert_name(slot: SlotRow, trigger: str) -> str:
    """16 hex digits, the same whenever the same event fires the same rule at the same place."""
    text = f"{slot.community}/{slot.device}/{slot.compartment}/{slot.kind}/{trigger}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _fire(
    rule: Rule,
    home: DeviceRow,
    compartment: str,
    trigger: Trigger,
    reason: str,
    value: float | None,
    alert_id: str,
    draft: Draft,
) -> None:
    calls = pages(rule.kind, trigger.at_ms, draft.now_ms)
    draft.put_alert(
        AlertRow(
            alert_id,
            home.community,
            home.building,
            home.id,
            compartment,
            rule.kind,
            rule.severity,
            State.FIRING,
            reason,
            value,
            trigger.photo_sha256,
            trigger.at_ms,
            pages=calls,
        )
    )
    _note(alert_id, "fired", reason, trigger.at_ms, value, calls, draft)


def _resolve(rule: Rule, alert_id: str, reason: str, at_ms: int, value: float | None, draft: Draft) -> None:
    row = draft.alert(alert_id)
    if row is not None:
        draft.put_alert(dataclasses.replace(row, state=State.RESOLVED, resolved_ms=at_ms))
    _note(alert_id, "resolved", reason, at_ms, value, pages(rule.kind, at_ms, draft.now_ms), draft)


def _note(
    alert_id: str, change: str, reason: str, at_ms: int, value: float | None, calls: bool, draft: Draft
) -> None:
    draft.group.alert_changes.append(
        AlertChange(alert_id, change, reason, at_ms, draft.now_ms, value=value, pages=calls)
    )
    draft.counted[f"alerts_{change}"] += 1
