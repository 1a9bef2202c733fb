"""Which device is meant."""

from linli.errors import NotFound
from linli.ports.rows import DeviceRow


def find(rows: list[DeviceRow], device: str) -> DeviceRow:
    """Raises NotFound."""
    for row in rows:
        if row.id == device:
            return row
    raise NotFound(f"there is no device {device}")
