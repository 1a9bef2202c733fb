"""What an event changes. Current values, deposits and their counts, alerts."""

from collections.abc import Iterable

from ingest.draft import Draft
from ingest.folding.deposits import fold_deposit
from ingest.folding.observations import fold_observation
from ingest.folding.telemetry import fold_telemetry
from ingest.timing import Placed
from linli.events import Deposit, Observation, Telemetry


def fold(placed: Iterable[Placed], draft: Draft) -> None:
    """Fold the events that have a home; the others are kept until they have."""
    for each in placed:
        home = each.home
        if home is None:
            continue
        for event, at_ms in zip(each.events, each.times, strict=True):
            if isinstance(event, Telemetry):
                fold_telemetry(each.epoch, event, at_ms, home, draft)
            elif isinstance(event, Deposit):
                fold_deposit(each.epoch, event, at_ms, home, draft)
            elif isinstance(event, Observation):
                fold_observation(each.epoch, event, at_ms, home, draft)
