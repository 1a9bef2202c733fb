"""What a camera saw: so far the rule of the covered lens."""

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from linli.alerts.readings import Condition
from linli.alerts.rules import LENS_COVERED
from linli.events import Observation
from linli.ports.rows import DeviceRow

NUMBERS = 1 << 31
"""What a rule's `count` holds in any database."""

_LENS = {"lens_covered": True, "lens_dark": True, "lens_clear": False}


def fold_observation(epoch: str, event: Observation, at_ms: int, home: DeviceRow, draft: Draft) -> None:
    """Fold one observation."""
    present = _LENS.get(event.what)
    if present is None:
        return
    trigger = Trigger(f"{epoch}/{event.seq}", at_ms, event.photo_sha256 or "")
    consider(
        LENS_COVERED,
        Condition(at_ms, present, number=event.seq % NUMBERS),
        home,
        event.compartment or "",
        trigger,
        draft,
    )
