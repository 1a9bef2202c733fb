"""Where readings come from. A driver is a file here and a line in `SENSORS`: serial scales will be one
more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from edge.settings import EdgeSettings
from linli.errors import InvalidSetting

Readings = Mapping[str | None, Mapping[str, float]]
"""Channel values by compartment; None is the device itself. Channels and units: linli.events.CHANNELS."""


class Sensor(Protocol):
    """Something that measures."""

    def read(self) -> Readings:
        """The values now. Raises SensorFault when there are none to be trusted."""


def open_sensor(settings: EdgeSettings) -> Sensor | None:
    """The sensor the settings name, None for `none`. Raises InvalidSetting."""
    if settings.sensor == "none":
        return None
    driver = SENSORS.get(settings.sensor)
    if driver is None:
        raise InvalidSetting(
            f"LINLI_SENSOR cannot be {settings.sensor!r}: there are none, {', '.join(sorted(SENSORS))}"
        )
    if not settings.sensor_path:
        raise InvalidSetting(f"LINLI_SENSOR_PATH is needed by the sensor {settings.sensor!r}")
    return driver(settings)


def _level_file(settings: EdgeSettings) -> Sensor:
    from edge.sensors.level_file import LevelFile

    return LevelFile(Path(settings.sensor_path))


SENSORS: dict[str, Callable[[EdgeSettings], Sensor]] = {"level_file": _level_file}
