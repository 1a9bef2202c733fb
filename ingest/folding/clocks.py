"""How well clocks stamp: one alert for each device, for the pages alone."""

from collections.abc import Iterable

from ingest.draft import Draft
from ingest.folding.alerting import Trigger, consider
from ingest.timing import Stamped
from linli.alerts.readings import Stamping
from linli.alerts.rules import CLOCK
from linli.alerts.state import Reason
from linli.timing.clock import AGE_MAX_MS
from linli.timing.place import Signs


def judge_clocks(stamped: Iterable[Stamped], draft: Draft) -> None:
    """Let the clock's rule look at what these batches show. While its alert stands, each is among them."""
    for each in stamped:
        home = each.home
        if home is None:
            continue
        batch, signs = each.batch, each.signs
        at_ms = batch.received_ms
        # A backlog tells of the clock of then, so nothing is over while a number is missing.
        known = signs.known and not each.ledger.settled.lacking
        reading = Stamping(at_ms, signs.off_ms, known, _wrong(signs))
        consider(CLOCK, reading, home, "", Trigger(f"{batch.epoch}/{each.seq}", at_ms), draft)


def _wrong(signs: Signs) -> Reason | None:
    if signs.absurd or abs(signs.off_ms) > AGE_MAX_MS:
        return Reason.ABSURD_STAMPS
    return Reason.STAMPS_SET_BACK if signs.set_back else None
