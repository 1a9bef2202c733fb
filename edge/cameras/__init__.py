"""Where photos come from. A driver is a file here and a line in `CAMERAS`: V4L2 and RTSP will be two more."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.drivers import choose
from edge.settings import EdgeSettings
from linli.errors import InvalidSetting

Places = Collection[str | None] | None


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo as it was taken: JPEG or PNG bytes, and the compartment it shows, if the camera knows.

    `source` names it across restarts, so that no photo is told twice.
    """

    photo: bytes
    compartment: str | None
    source: str


class Camera(Protocol):
    """Something that takes photos."""

    def shots(self, now_ms: int) -> list[Shot]:
        """The photos that are new, oldest first; the same again until they are `done`. Steady ms.

        Never waits. Raises SensorFault when the camera cannot be used now.
        """

    def done(self, shot: Shot) -> list[str]:
        """What the photo told is on disk. Returns the sources that can never come again."""

    def astray(self) -> list[str]:
        """Where photos lie that belong to no compartment: they stay there, untold, for a person to move."""


def open_camera(settings: EdgeSettings, places: Places = None) -> Camera:
    """The camera the settings name. `places` are the compartments it may tell photos of, None among them when
    one that names none can be told too; without `places` all are. Raises InvalidSetting.
    """
    return choose(settings, "camera", "camera_path", CAMERAS)(settings, places)


def _folder(settings: EdgeSettings, places: Places) -> Camera:
    from edge.cameras.folder import FolderCamera

    return FolderCamera(Path(settings.camera_path), settings.photo_settle_ms, places)


def _still(settings: EdgeSettings, places: Places) -> Camera:
    from edge.cameras.still import StillCamera

    if places is not None and None not in places:
        raise InvalidSetting("LINLI_PHOTO_COMPARTMENT is needed by the camera 'still': its image names none")
    return StillCamera(Path(settings.camera_path), settings.photo_settle_ms)


CAMERAS: dict[str, Callable[[EdgeSettings, Places], Camera]] = {"folder": _folder, "still": _still}
