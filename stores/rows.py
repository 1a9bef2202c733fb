"""Rows of the tables as the values of the port, and back."""

from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from linli.alerts.state import Alert, AlertKind, Severity, State
from linli.errors import StoreRefused
from linli.ports.alert_rows import AlertChange, AlertRow, SlotRow
from linli.ports.rows import CurrentRow, DeviceRow, EventRow, HourRow, LedgerRow, PlaceRow
from linli.seqs import SeqSet
from linli.timing.clock import DeviceClock

EVENT_COLUMNS = EventRow.__struct_fields__
DEVICE_COLUMNS = tuple(field.name for field in fields(DeviceRow))
ALERT_COLUMNS = tuple(field.name for field in fields(AlertRow))
CHANGE_COLUMNS = tuple(field.name for field in fields(AlertChange))
SLOT_COLUMNS = ("community", "device", "compartment", "kind", *Alert.__struct_fields__, "alert_id")
LEDGER_COLUMNS = LedgerRow.__struct_fields__
LEDGER_WRITTEN = (*LEDGER_COLUMNS[:-1], "missing", "clock")
"""As the table has them. What is missing is in `settled`; beside it as a number, so that the database can
sum it.
"""

Values = tuple[Any, ...]

_after_state = attrgetter(*(name for name in Alert.__struct_fields__ if name != "state"))

_ranges = msgspec.json.Decoder(list[tuple[int, int]])
_clock = msgspec.json.Decoder(DeviceClock)
_Newest = dict[str, tuple[float, int, int]]
_OpenHour = tuple[str, int, int, int, dict[str, tuple[int, float]]]
_place = msgspec.json.Decoder(tuple[_Newest, _OpenHour | None])
_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=1_000)
def _compartments(text: str) -> dict[str, str]:
    """Shared by all devices with the same, and changed by nobody: most bins of a site are alike."""
    found: dict[str, str] = msgspec.json.decode(text, type=dict[str, str])
    return found


def device_row(row: Any) -> DeviceRow:
    """From DEVICE_COLUMNS, in their order. As tables name it, a device's `id` is the wire's."""
    community, name, accepted, building, kind, label, compartments, *presence = row
    return DeviceRow(community, name, accepted, building, kind, label, _compartments(compartments), *presence)


def device_values(row: DeviceRow) -> Values:
    """To DEVICE_COLUMNS."""
    values = [getattr(row, name) for name in DEVICE_COLUMNS]
    values[DEVICE_COLUMNS.index("compartments")] = encode_compartments(row.compartments)
    return tuple(values)


def encode_compartments(compartments: dict[str, str]) -> str:
    """As the devices table keeps them."""
    return msgspec.json.encode(compartments).decode()


def ledger_row(row: Any) -> LedgerRow:
    """From LEDGER_COLUMNS."""
    community, device, epoch, settled, *counts, clock = row
    known: list[Any] = [*counts, _clock.decode(clock) if clock is not None else DeviceClock()]
    return LedgerRow(community, device, epoch, SeqSet(_ranges.decode(settled)), *known)


def ledger_values(row: LedgerRow) -> Values:
    """To LEDGER_WRITTEN."""
    return (
        row.community,
        row.device,
        row.epoch,
        _encode(row.settled.ranges()),
        row.received,
        row.duplicate,
        row.dead,
        row.dropped,
        row.late,
        row.first_ms,
        row.last_ms,
        row.settled.lacking,
        _encode(row.clock),
    )


def place_row(row: Any) -> PlaceRow:
    """From a row of `places`."""
    community, device, compartment, body = row
    newest, hour = _place.decode(body)
    opened = HourRow(community, device, compartment, *hour) if hour is not None else None
    return PlaceRow(community, device, compartment, newest, opened)


def place_values(row: PlaceRow) -> Values:
    """To a row of `places`. Raises StoreRefused for what is no number."""
    hour, opened = row.hour, None
    if hour is not None:
        opened = (hour.epoch, hour.hour_ms, hour.first_seq, hour.last_seq, hour.sums)
    body = _encode((row.newest, opened))
    if b"[null," in body:  # how JSON says NaN
        raise StoreRefused(f"a value at {row.device}/{row.compartment} is no number")
    return row.community, row.device, row.compartment, body


def current_rows(row: PlaceRow) -> list[CurrentRow]:
    """The place's newest values, one a row, by channel."""
    place = (row.community, row.device, row.compartment)
    return [CurrentRow(*place, channel, *row.newest[channel]) for channel in sorted(row.newest)]


def slot_row(row: Any) -> SlotRow:
    """From SLOT_COLUMNS."""
    community, device, compartment, kind, state, *rest, held, alert_id = row
    values: list[Any] = [*rest, bool(held)]
    alert = Alert(State(state), *values)
    return SlotRow(community, device, compartment, AlertKind(kind), alert, alert_id)


def slot_values(row: SlotRow) -> Values:
    """To SLOT_COLUMNS."""
    where = (row.community, row.device, row.compartment, row.kind.value)
    return (*where, row.alert.state.value, *_after_state(row.alert), row.alert_id)


def alert_row(row: Any) -> AlertRow:
    """From ALERT_COLUMNS."""
    values = {name: getattr(row, name) for name in ALERT_COLUMNS}
    values |= {"kind": AlertKind(row.kind), "severity": Severity(row.severity), "pages": bool(row.pages)}
    return AlertRow(**values)


def alert_values(row: AlertRow) -> Values:
    """To ALERT_COLUMNS."""
    return tuple(str(v) if isinstance(v, str) else v for v in (getattr(row, n) for n in ALERT_COLUMNS))


def alert_change(row: Any) -> AlertChange:
    """From CHANGE_COLUMNS."""
    values = {name: getattr(row, name) for name in CHANGE_COLUMNS}
    return AlertChange(**values | {"pages": bool(row.pages)})
