"""Where readings come from. A driver is a file here and a line in `SENSORS`: serial scales will be one
more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from edge.drivers import NONE, choose
from edge.settings import EdgeSettings

Readings = Mapping[str | None, Mapping[str, float]]
"""Channel values by compartment; None is the device itself. Channels and units: linli.events.CHANNELS."""


class Sensor(Protocol):
    """Something that measures."""

    def read(self) -> Readings:
        """The values now. Raises SensorFault when there are none to be trusted."""


def open_sensor(settings: EdgeSettings) -> Sensor | None:
    """The sensor the settings name, None for `none`. Raises InvalidSetting."""
    if settings.sensor == NONE:
        return None
    return choose(settings, "sensor", "sensor_path", SENSORS, NONE)(settings)


def _level_file(settings: EdgeSettings) -> Sensor:
    from edge.sensors.level_file import LevelFile

    return LevelFile(Path(settings.sensor_path))


SENSORS: dict[str, Callable[[EdgeSettings], Sensor]] = {"level_file": _level_file}
