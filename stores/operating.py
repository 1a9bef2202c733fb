"""The store as an operator changes it: each change in one transaction.

What ingest keeps in memory and an operator changes raises the operator's version in it: then ingest reads
again before it commits. An acknowledgement raises none, ingest has no part in it.
"""

from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from linli.alerts.state import State
from linli.errors import Conflict, NotFound
from linli.ports.alert_rows import AlertRow
from linli.ports.rows import DeviceRow, LiveChange
from stores.counters import Counters
from stores.inventory import write_devices
from stores.rows import ALERT_COLUMNS, DEVICE_COLUMNS, alert_row, device_row
from stores.schema import alert_changes, alerts, buildings, communities, devices, rule_slots
from stores.side import Side

BY_HAND = "by_hand"
"""The reason of a change that a person made."""


class Operating(Side):
    """Operator."""

    def accept(self, device: DeviceRow, by: str, at_ms: int) -> None:
        """Say where a device stands. Raises NotFound for a community or building that is none."""
        with self._database.writing() as connection:
            _check_place(connection, device)
            row = replace(device, accepted=True, first_ms=device.first_ms or at_ms)
            write_devices(self._database, connection, [row])
            stands = devices.c.community == device.community, devices.c.id == device.id
            known = device_row(
                connection.execute(select(*(devices.c[n] for n in DEVICE_COLUMNS)).where(*stands)).one()
            )
            body = {
                "community": known.community,
                "device": known.id,
                "state": known.state,
                "accepted": True,
                "by": by,
            }
            numbers = Counters(connection)
            numbers.add("operator_version", 1)
            self._tell(connection, numbers, "device", known.community, known.id, body, at_ms)

    def acknowledge(self, alert_id: str, by: str, at_ms: int) -> AlertRow:
        """Somebody has seen it. Again by anyone changes nothing. Raises NotFound."""
        with self._database.writing() as connection:
            alert = _alert(connection, alert_id)
            if alert.acknowledged_ms is not None:
                return alert
            alert = replace(alert, acknowledged_ms=at_ms, acknowledged_by=by)
            self._change(connection, Counters(connection), alert, "acknowledged", by, at_ms)
            return alert

    def resolve(self, alert_id: str, by: str, at_ms: int) -> AlertRow:
        """Somebody says it is over; its rule holds until the readings have cleared.

        Raises NotFound, and Conflict when it is not firing.
        """
        with self._database.writing() as connection:
            alert = _alert(connection, alert_id)
            if alert.state != State.FIRING:
                raise Conflict(f"alert {alert_id} is {alert.state}, only a firing one can be resolved")
            alert = replace(alert, state=State.RESOLVED.value, resolved_ms=at_ms)
            slot = rule_slots.c
            connection.execute(
                update(rule_slots)
                .where(
                    slot.community == alert.community,
                    slot.device == alert.device,
                    slot.compartment == alert.compartment,
                    slot.kind == alert.kind.value,
                    slot.alert_id == alert.id,
                )
                .values(state=State.RESOLVED.value, since_ms=at_ms, count=0, held=True)
            )
            numbers = Counters(connection)
            numbers.add("operator_version", 1)
            self._change(connection, numbers, alert, "resolved", by, at_ms)
            return alert

    def _change(
        self, connection: Connection, numbers: Counters, alert: AlertRow, change: str, by: str, at_ms: int
    ) -> None:
        """Write the alert's new state, a line of its timeline, and the news of it."""
        names = ("state", "resolved_ms", "acknowledged_ms", "acknowledged_by")
        new = {name: getattr(alert, name) for name in names}
        connection.execute(update(alerts).where(alerts.c.id == alert.id).values(new))
        connection.execute(
            insert(alert_changes).values(
                number=numbers.take("alert_change", 1),
                alert_id=alert.id,
                change=change,
                reason=BY_HAND,
                at_ms=at_ms,
                recorded_ms=at_ms,
                by=by,
                value=alert.value,
                pages=alert.pages,
            )
        )
        self._tell(connection, numbers, "alert", alert.community, alert.id, alert, at_ms)

    def _tell(
        self,
        connection: Connection,
        numbers: Counters,
        kind: str,
        community: str,
        key: str,
        body: Any,
        at_ms: int,
    ) -> None:
        """A live change."""
        change = LiveChange(community, kind, key, msgspec.json.encode(body), at_ms)
        self._committer.tell(connection, numbers, [change])
        numbers.save()


def _check_place(connection: Connection, device: DeviceRow) -> None:
    community, building = communities.c, buildings.c
    if connection.execute(select(community.id).where(community.id == device.community)).first() is None:
        raise NotFound(f"there is no community {device.community!r}")
    place = building.community == device.community, building.id == device.building
    if connection.execute(select(building.id).where(*place)).first() is None:
        raise NotFound(f"{device.community} has no building {device.building!r}")


def _alert(connection: Connection, alert_id: str) -> AlertRow:
    query = select(*(alerts.c[name] for name in ALERT_COLUMNS)).where(alerts.c.id == alert_id)
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(f"there is no alert {alert_id!r}")
    return alert_row(found)
