"""A reading: the current values of its place, and the rules that watch a channel."""

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from ingest.placing import Placed
from linli.alerts.evaluate import Level
from linli.alerts.rules import LEVEL_RULES, PAGE_WITHIN_MS
from linli.events import Telemetry
from linli.ports.rows import CurrentRow, DeviceRow

_BY_CHANNEL = {rule.channel: rule for rule in LEVEL_RULES}


def fold_telemetry(placed: Placed, event: Telemetry, home: DeviceRow, draft: Draft) -> None:
    """Fold one reading. The store keeps the newer of two current values, so that a late one changes
    nothing.
    """
    device, at_ms, place = placed.device, placed.at_ms, event.compartment or ""
    values = event.values()
    for channel, value in values.items():
        key = (device, place, channel)
        known = draft.current.get(key)
        if known is None or (known.placed_ms, known.seq) < (at_ms, event.seq):
            draft.current[key] = CurrentRow(*device, place, channel, value, at_ms, event.seq)
        rule = _BY_CHANNEL.get(channel)
        if rule is not None:
            trigger = Trigger(f"{placed.epoch}/{event.seq}", at_ms)
            consider(rule, Level(at_ms, value), home, place, trigger, draft)
    if draft.now_ms - at_ms <= PAGE_WITHIN_MS:  # the pages' live stream is no place for old news
        _tell_level(draft, placed, place, values)


def _tell_level(draft: Draft, placed: Placed, place: str, values: dict[str, float]) -> None:
    key = (placed.device, place)
    known = draft.levels.get(key)
    if known is None:
        draft.levels[key] = (values, placed.at_ms)
    elif placed.at_ms >= known[1]:
        draft.levels[key] = (known[0] | values, placed.at_ms)
