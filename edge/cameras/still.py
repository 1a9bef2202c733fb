"""One image file that somebody overwrites, as webcams do: each version of it is one photo."""

from pathlib import Path

from edge.cameras import Shot
from edge.cameras.arrival import Arrivals
from edge.errors import SensorFault


class StillCamera:
    """The image at `path`, told again whenever it changes. It is not deleted."""

    def __init__(self, path: Path, settle_ms: int) -> None:
        self._path = path
        self._arrivals = Arrivals(settle_ms)
        self._told: str | None = None

    def shots(self, now_ms: int) -> list[Shot]:
        """Raises SensorFault when there is no image."""
        if not self._path.is_file():
            raise SensorFault("camera", "there is no image at the path set")
        arrived = self._arrivals.arrived(self._path, now_ms)
        if arrived is None:
            return []
        mark, photo = arrived
        source = f"{self._path.name}:{mark.mtime_ns}:{mark.size}"
        return [] if source == self._told else [Shot(photo, None, source)]

    def done(self, shot: Shot) -> list[str]:
        """The version before this one is overwritten for good."""
        before, self._told = self._told, shot.source
        return [] if before is None else [before]

    def astray(self) -> list[str]:
        """One image lies where it was said to."""
        return []
