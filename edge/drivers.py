"""Which driver a part has: the settings name one of a table."""

from collections.abc import Mapping
from typing import TypeVar

from edge.settings import EdgeSettings
from linli.errors import InvalidSetting
from linli.settings import variable

NONE = "none"
"""There is no such part, where there need not be one."""

T = TypeVar("T")


def choose(settings: EdgeSettings, part: str, path: str, drivers: Mapping[str, T], *also: str) -> T:
    """What the table has under the setting `part`; it needs the setting `path`. `also` are the names that the
    caller takes itself. Raises InvalidSetting.
    """
    name: str = getattr(settings, part)
    if name not in drivers:
        there_are = ", ".join([*also, *sorted(drivers)])
        raise InvalidSetting(f"{variable(part)} cannot be {name!r}: there are {there_are}")
    if not getattr(settings, path):
        raise InvalidSetting(f"{variable(path)} is needed by the {part.replace('_', ' ')} {name!r}")
    return drivers[name]
