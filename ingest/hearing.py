"""Who spoke: devices become known, and it is noted when each was last heard."""

from collections.abc import Iterable
from dataclasses import replace

from ingest.broker.message import Arrival, Batch, Letter, StatusArrival
from ingest.draft import Draft, printable
from ingest.memory import Seen
from linli.ports.operational import DeviceKey
from linli.ports.rows import DeviceRow
from linli.timing.clock import UNSET_MS


def hear(arrivals: Iterable[Arrival], draft: Draft) -> set[DeviceKey]:
    """Note who spoke; returns them. A device that nobody knows is listed as unknown, but not for nonsense."""
    spoke: set[DeviceKey] = set()
    for each in arrivals:
        device = each.device
        # As nearly all are: nothing of it can be new.
        if device in spoke and isinstance(each, (Batch, Letter)) and not each.retained:
            _note(each, draft.seen[device])
            continue
        if device is None or (isinstance(each, Letter) and draft.device(device) is None):
            continue
        if draft.device(device) is None:
            draft.put_device(DeviceRow(*device, first_ms=each.received_ms))
        if isinstance(each, StatusArrival):
            _status(each, draft)
            if each.status.state == "offline":
                continue  # a will: the broker said this, not the device
        if each.retained:
            continue  # so it did this
        _note(each, _seen(device, draft))
        spoke.add(device)
    for device in list(spoke):
        _hear_gateway(device, spoke, draft)
    return spoke


def _note(each: Arrival, seen: Seen) -> None:
    seen.heard_ms = each.received_ms
    if isinstance(each, Batch) and each.events:
        seen.events_ms = each.received_ms


def _seen(device: DeviceKey, draft: Draft) -> Seen:
    seen = draft.seen.get(device)
    if seen is None:
        known = draft.memory.seen.get(device)
        seen = Seen(known.heard_ms, known.events_ms, known.since_ms) if known is not None else Seen(0, 0)
        draft.seen[device] = seen
    return seen


def _hear_gateway(device: DeviceKey, spoke: set[DeviceKey], draft: Draft) -> None:
    row = draft.device(device)
    if row is None or not row.via:
        return
    gateway = (row.community, row.via)
    if draft.device(gateway) is not None:  # whoever hears a child has heard its gateway
        _seen(gateway, draft).heard_ms = _seen(device, draft).heard_ms
        spoke.add(gateway)


def _status(arrival: StatusArrival, draft: Draft) -> None:
    row = draft.device(arrival.device)
    status = arrival.status
    if row is None:
        return
    same_session = status.session == row.session
    if status.state == "offline" and row.session and not same_session:
        return  # the will of an old connection cannot end a new one
    if same_session and status.state == row.state and arrival.retained:
        return  # the broker repeats what it told us before
    base = arrival.received_ms
    if arrival.retained and status.sent is not None and status.sent >= UNSET_MS:  # else it shows no time
        base = min(base, status.sent)
    ended = status.state == "offline"  # a will says nothing about the rest
    changed = replace(
        row,
        state=status.state,
        session=status.session,
        wakes_ms=base + status.next_s * 1_000 if status.next_s is not None else None,
        via=row.via if ended and status.via is None else status.via or "",
        software=row.software if ended and status.software is None else printable(status.software or ""),
        model=row.model if ended and status.model is None else status.model or "",
    )
    if status.state == "online" and (not same_session or row.state != "online"):
        _seen(arrival.device, draft).since_ms = arrival.received_ms
    if changed != row:
        draft.put_device(changed)
        _seen(arrival.device, draft)  # whoever changes is looked at again, though a will is no sign of life
