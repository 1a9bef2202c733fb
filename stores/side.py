"""What the sides of the operational store share: the database, and what more than one is asked."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.engine import Connection

from linli.inventory import Building, Community, Device, DeviceType, Inventory
from linli.ports.rows import DeviceRow
from linli.waste import Kind
from stores import behind
from stores.committing import Committer
from stores.database import Database
from stores.rows import device_row
from stores.schema import buildings, communities, devices, photos
from stores.statements import chunks


class Side:
    """One side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._committer = Committer(database)

    def communities(self) -> dict[str, Community]:
        """All communities with their buildings."""
        with self._database.reading() as connection:
            return _communities(connection)

    def inventory(self) -> Inventory:
        """All communities and accepted devices."""
        with self._database.reading() as connection:
            found = _communities(connection)
            accepted = connection.execute(
                select(devices).where(devices.c.accepted).order_by(devices.c.community, devices.c.id)
            )
            known = [_device(device_row(row)) for row in accepted]
        return Inventory(found, {(device.community, device.id): device for device in known})

    def devices(self, community: str = "") -> list[DeviceRow]:
        """Every device that is known or has spoken, with its presence."""
        query = select(devices).order_by(devices.c.community, devices.c.id)
        if community:
            query = query.where(devices.c.community == community)
        with self._database.reading() as connection:
            return [device_row(row) for row in connection.execute(query)]

    def photos_known(self, hashes: Iterable[str]) -> set[str]:
        """Those of these photos that are recorded (their files are then in the photo store)."""
        with self._database.reading() as connection:
            return {
                sha256
                for some in chunks(hashes)
                for sha256 in connection.execute(
                    select(photos.c.sha256).where(photos.c.sha256.in_(some))
                ).scalars()
            }

    def forward_lag(self) -> int:
        """Events that are still to be written to the time-series store, or written again.

        0 while nobody has ever set FORWARD_CURSOR, be it to 0: nobody forwards.
        """
        with self._database.reading() as connection:
            return behind.lag(connection)


def _communities(connection: Connection) -> dict[str, Community]:
    of: dict[str, dict[str, Building]] = {}
    for row in connection.execute(select(buildings)):
        of.setdefault(row.community, {})[row.id] = Building(row.id, row.name, row.households)
    return {
        row.id: Community(row.id, row.name_zh, row.name_en, row.timezone, row.profile, of.get(row.id, {}))
        for row in connection.execute(select(communities).order_by(communities.c.id))
    }


def _device(row: DeviceRow) -> Device:
    kinds = {name: Kind(kind) for name, kind in row.compartments.items()}
    return Device(row.community, row.id, row.building, DeviceType(row.type), row.name, kinds)
