"""Saying what there is and where it stands: communities, buildings, and the devices accepted at them."""

from sqlalchemy.engine import Connection

from linli.inventory import Inventory
from linli.ports.rows import DeviceRow
from stores.database import Database
from stores.rows import device_values
from stores.schema import buildings, communities, devices
from stores.statements import replacing

_PRESENCE = ("state", "session", "via", "software", "model", "heard_ms", "events_ms", "wakes_ms", "first_ms")


def write_inventory(database: Database, connection: Connection, inventory: Inventory, now_ms: int) -> None:
    """Make all of it known. What the store knows beside it, devices accepted by hand too, stays as it is."""
    places = inventory.communities.values()
    replacing(database, communities).run(
        connection, [(c.id, c.name_zh, c.name_en, c.timezone, c.profile) for c in places]
    )
    replacing(database, buildings).run(
        connection, [(c.id, b.id, b.name, b.households) for c in places for b in c.buildings.values()]
    )
    rows = [
        DeviceRow(
            device.community,
            device.id,
            accepted=True,
            building=device.building,
            type=device.type.value,
            name=device.name,
            compartments={name: kind.value for name, kind in device.compartments.items()},
            first_ms=now_ms,
        )
        for device in inventory.devices.values()
    ]
    write_devices(database, connection, rows)


def write_devices(database: Database, connection: Connection, rows: list[DeviceRow]) -> None:
    """Accept these where they say they stand; a presence that is known stays."""
    replacing(database, devices, keep=_PRESENCE).run(connection, [device_values(row) for row in rows])
