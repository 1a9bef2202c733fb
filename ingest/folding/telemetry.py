"""A reading: what is known of its place, and the rules that watch a channel."""

from ingest.draft import Draft
from ingest.folding.alerting import consider_level
from linli.alerts.evaluate import within
from linli.alerts.readings import Level
from linli.alerts.rules import LEVEL_RULES
from linli.events import Telemetry
from linli.ports.rows import DeviceRow

_BY_CHANNEL = {rule.channel: rule for rule in LEVEL_RULES}


def fold_telemetry(epoch: str, event: Telemetry, at_ms: int, home: DeviceRow, draft: Draft) -> None:
    """Fold one reading. A late one changes no current value, and its hour all the same."""
    place = draft.place((home.community, home.id), event.compartment or "")
    values = event.values()
    for channel, value in values.items():
        rule = _BY_CHANNEL.get(channel)
        if rule is not None and not (place.quiet and within(rule, value)):
            # before the value is added: a rule asks what the newest was until now
            consider_level(rule, epoch, event.seq, Level(at_ms, value), home, place, draft)
    place.add(epoch, event.seq, at_ms, values, draft.now_ms)
