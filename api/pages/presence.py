"""Whether a device can be heard, as a page shows it: what it last said, and what has been found out since."""

from collections.abc import Iterable

from linli.alerts.state import AlertKind, State
from linli.ports.alert_rows import AlertRow
from linli.ports.rows import DeviceRow

SAID = ("online", "offline", "asleep")


def presences(devices: Iterable[DeviceRow], alerts: Iterable[AlertRow]) -> dict[str, str]:
    """Of one community's devices, by id: online, offline, asleep, cut_off (its gateway is away) or unknown.

    A device that dies without a word never says that it is offline: its alert does. `alerts` may be any.
    """
    missed = {a.device for a in alerts if a.kind == AlertKind.OFFLINE and a.state == State.FIRING}
    rows = list(devices)
    said = {row.id: _said(row, missed) for row in rows}
    away = {device for device, state in said.items() if state == "offline"}
    return said | {row.id: "cut_off" for row in rows if row.via in away and said[row.id] != "offline"}


def _said(row: DeviceRow, missed: set[str]) -> str:
    if row.id in missed:
        return "offline"
    return row.state if row.state in SAID else "unknown"
