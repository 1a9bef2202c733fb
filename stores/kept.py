"""The kept events: what devices sent while nobody had said where they stand, stored and not yet folded."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

import msgspec
from sqlalchemy import literal_column, select, tuple_
from sqlalchemy.engine import Connection

from linli.ports.operational import DeviceKey
from linli.ports.rows import EventRow
from stores.rows import EVENT_COLUMNS
from stores.schema import devices, events, ledgers

# Said as a constant: with a bound value SQLite could not know that the partial index holds the answer.
UNHOUSED = events.c.building == literal_column("''")

DEVICES_HEARD = 200
STREAMS_HEARD = 4
EVENTS_HEARD = 200
"""How much is looked at to say what unknown devices named: anybody at the broker can make up devices."""

stored_events = select(
    *((ledgers if name in ("community", "device", "epoch") else events).c[name] for name in EVENT_COLUMNS)
).join_from(events, ledgers, ledgers.c.id == events.c.ledger)


class _Placed(msgspec.Struct, gc=False):
    compartment: str | None = None


_decode = msgspec.json.Decoder(_Placed).decode


def of_device(
    connection: Connection, device: DeviceKey, after: tuple[int, int], limit: int
) -> list[EventRow]:
    """Its kept events by (placed_ms, id) past `after`."""
    past = tuple_(events.c.placed_ms, events.c.id) > tuple_(*after)
    query = stored_events.where(UNHOUSED, past).order_by(events.c.placed_ms, events.c.id)
    # Each stream answers from its index in order; merged they need no sorting, however many are kept.
    streams = [
        [EventRow(*row) for row in connection.execute(query.where(events.c.ledger == stream).limit(limit))]
        for stream in _streams(connection, device)
    ]
    return list(islice(merge(*streams, key=lambda event: (event.placed_ms, event.id)), limit))


def accepted_devices(connection: Connection) -> list[DeviceKey]:
    """Accepted devices that still have kept events."""
    kept = select(events.c.id).where(events.c.ledger == ledgers.c.id, UNHOUSED).exists()
    of_ledger = (devices.c.community == ledgers.c.community) & (devices.c.id == ledgers.c.device)
    query = (
        select(ledgers.c.community, ledgers.c.device)
        .join_from(ledgers, devices, of_ledger)
        .where(devices.c.accepted, kept)
        .distinct()
        .order_by(ledgers.c.community, ledgers.c.device)
    )
    return [(community, device) for community, device in connection.execute(query)]


def compartments(connection: Connection, community: str, device: str = "") -> dict[str, list[str]]:
    """The compartments that unknown devices named in their newest kept events, by device, sorted."""
    row = devices.c
    unknown = select(row.id).where(row.community == community, ~row.accepted)
    if device:
        unknown = unknown.where(row.id == device)
    lately = unknown.order_by(row.heard_ms.desc(), row.id).limit(DEVICES_HEARD)
    found = {}
    for name in sorted(connection.execute(lately).scalars()):
        named = set(_named(connection, (community, name)))
        if named:
            found[name] = sorted(named)
    return found


def _named(connection: Connection, device: DeviceKey) -> Iterator[str]:
    newest = select(events.c.body).order_by(events.c.placed_ms.desc(), events.c.id.desc()).limit(EVENTS_HEARD)
    for stream in _streams(connection, device)[-STREAMS_HEARD:]:
        for body in connection.execute(newest.where(events.c.ledger == stream, UNHOUSED)).scalars():
            try:
                compartment = _decode(body).compartment
            except (
                msgspec.DecodeError,
                UnicodeDecodeError,
            ):  # stored by another linli: it names nothing to us
                continue
            if compartment:
                yield compartment


def _streams(connection: Connection, device: DeviceKey) -> list[int]:
    """The numbers of its ledgers, oldest first."""
    of = select(ledgers.c.id).where(ledgers.c.community == device[0], ledgers.c.device == device[1])
    return sorted(connection.execute(of).scalars())
