"""Saying what there is and where it stands: communities, buildings, and the devices accepted at them."""

from sqlalchemy import Table
from sqlalchemy.engine import Connection

from linli.inventory import Inventory
from linli.ports.rows import DeviceRow
from stores.database import Bulk, Database
from stores.rows import DEVICE_COLUMNS, device_values
from stores.schema import buildings, communities, devices

_PLACE = ("accepted", "building", "type", "name", "compartments")


def place_inventory(database: Database, connection: Connection, inventory: Inventory, now_ms: int) -> None:
    """Make all of it known. What the store knows beside it, devices accepted by hand too, stays as it is."""
    places = inventory.communities.values()
    _replacing(database, communities, ["name_zh", "name_en", "timezone", "profile"]).run(
        connection, [(c.id, c.name_zh, c.name_en, c.timezone, c.profile) for c in places]
    )
    _replacing(database, buildings, ["name", "households"]).run(
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
    place_devices(database, connection, rows)


def place_devices(database: Database, connection: Connection, rows: list[DeviceRow]) -> None:
    """Accept these where they say they stand; a presence that is known stays."""
    _replacing(database, devices, _PLACE).run(connection, [device_values(row) for row in rows])


def _replacing(database: Database, table: Table, replaced: list[str] | tuple[str, ...]) -> Bulk:
    statement = database.insert(table)
    key = [column.name for column in table.primary_key.columns]
    columns = [column.name for column in table.columns]
    changed = {name: statement.excluded[name] for name in replaced}
    if table is devices and columns != list(DEVICE_COLUMNS):
        raise AssertionError("DeviceRow and its table differ")
    return Bulk(database, statement.on_conflict_do_update(index_elements=key, set_=changed), columns)
