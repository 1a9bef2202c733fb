"""When each event happened. Decided once, as it is stored, and never again."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from ingest.broker.message import Batch
from ingest.deduplicate import Fresh
from ingest.draft import Draft, OpenLedger
from linli.events import Event, encode
from linli.ports.operational import DeviceKey
from linli.ports.rows import DeviceRow, EventRow
from linli.timing.place import Signs, place
from linli.timing.reasons import PlacedBy

LATE_MS = 900_000

_BY_ITS_CLOCK = PlacedBy.DEVICE_CLOCK.value


class Placed(Struct, gc=False):
    """Events of one batch, each with its time. `home` is their device when they may be folded, None while
    nobody knows where it stands.
    """

    device: DeviceKey
    epoch: str
    home: DeviceRow | None
    events: Sequence[Event]
    times: Sequence[int]


class Stamped(Struct, gc=False):
    """What a batch shows of a clock, when there is anything to say. `seq` is its first new number."""

    batch: Batch
    ledger: OpenLedger
    seq: int
    signs: Signs
    home: DeviceRow | None


def place_events(fresh: Iterable[Fresh], draft: Draft) -> tuple[list[Placed], list[Stamped]]:
    """Give each event its time and its row."""
    placed: list[Placed] = []
    stamped: list[Stamped] = []
    rows, watched = draft.group.events, draft.memory.wrong_clocks
    for each in fresh:
        batch = each.batch
        device, epoch, received = batch.device, batch.epoch, batch.received_ms
        home = draft.home(device)
        building = home.building if home is not None else ""
        ledger, late = each.ledger, received - LATE_MS
        # Not the settled numbers of this group: of those some are still to be placed.
        closed = ledger.row.settled
        clock = ledger.clock
        if device in watched and not clock.suspect:
            clock = msgspec.structs.replace(clock, suspect=True)
        placing = place(each.events, batch.sent, batch.offset_ms, received, clock, closed)
        ledger.clock = placing.clock
        reasons = placing.reasons
        if placing.signs is not None:
            stamped.append(Stamped(batch, ledger, placing.events[0].seq, placing.signs, home))
        for i, (event, at_ms) in enumerate(zip(placing.events, placing.times, strict=True)):
            if at_ms < late:
                ledger.late += 1
            rows.append(
                EventRow(
                    *device,
                    epoch,
                    event.seq,
                    event.__struct_config__.tag,  # type: ignore[arg-type]  # every event's tag is text
                    at_ms,
                    _BY_ITS_CLOCK if reasons is None else reasons[i].value,
                    received,
                    building,
                    encode(event),
                )
            )
        placed.append(Placed(device, epoch, home, placing.events, placing.times))
    return placed, stamped
