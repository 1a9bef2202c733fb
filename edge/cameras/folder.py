"""A folder being watched: every photo that is put into it is told once, and then deleted."""

import logging
import os
from pathlib import Path

from edge.cameras import Places, Shot
from edge.cameras.arrival import SUFFIXES, Arrivals
from edge.errors import SensorFault
from linli.identifiers import is_name

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Photos read in one go, so that a full folder does not fill the memory."""


class FolderCamera:
    """Photos (.jpg, .jpeg, .png) in `folder`, or in a sub-folder named like the compartment they show.

    Whoever puts them there should move them in whole; a file that is still growing is waited for.
    Files and folders that begin with a dot are not looked at, and neither are folders within sub-folders.
    What lies where no compartment of `places` is stays there, untold, and is `astray`.
    """

    def __init__(self, folder: Path, settle_ms: int, places: Places = None) -> None:
        self._folder = folder
        self._places = places
        self._astray: list[str] = []
        self._arrivals = Arrivals(settle_ms)
        self._stuck: set[str] = set()
        self._paths: dict[str, Path] = {}
        """Of the last `shots`: a name need not be one that can be written down."""

    def shots(self, now_ms: int) -> list[Shot]:
        """Raises SensorFault when the folder cannot be read."""
        found: list[tuple[int, str, Shot]] = []
        self._paths.clear()
        candidates = self._candidates()
        self._arrivals.keep_only({path for path, _ in candidates})
        for path, compartment in candidates:
            if len(found) >= AT_ONCE:
                break
            arrived = self._arrivals.arrived(path, now_ms)
            if arrived is None:
                continue
            mark, photo = arrived
            name = os.fsencode(path.relative_to(self._folder)).decode("utf-8", "backslashreplace")
            source = f"{name}:{mark.mtime_ns}:{mark.size}"
            if source not in self._stuck:
                self._paths[source] = path
                found.append((mark.mtime_ns, path.name, Shot(photo, compartment, source)))
        return [shot for _, _, shot in sorted(found, key=lambda one: one[:2])]

    def done(self, shot: Shot) -> list[str]:
        """Deletes the photo: it may show more than anyone agreed to."""
        path = self._paths[shot.source]
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the photo %s cannot be deleted: %s", path, error)
            self._stuck.add(shot.source)
            return []
        self._arrivals.forget(path)
        return [shot.source]

    def astray(self) -> list[str]:
        """As it was at the last `shots`."""
        return self._astray

    def _candidates(self) -> list[tuple[Path, str | None]]:
        """Photos that can be told, and what is astray, noted."""
        try:
            entries = sorted(self._folder.iterdir())
            lying: dict[str | None, list[Path]] = {None: [path for path in entries if _is_photo(path)]}
            for folder in entries:
                if folder.is_dir() and not folder.name.startswith("."):
                    lying[folder.name] = [path for path in sorted(folder.iterdir()) if _is_photo(path)]
        except OSError as error:
            raise SensorFault("camera", f"the folder cannot be read: {error.strerror}") from error
        told = {place: paths for place, paths in lying.items() if self._belongs(place)}
        self._astray = [
            "outside the folders" if place is None else f"in {place[:40]!r}"
            for place, paths in lying.items()
            if paths and place not in told
        ]
        return [(path, place) for place, paths in told.items() for path in paths]

    def _belongs(self, place: str | None) -> bool:
        return place in self._places if self._places is not None else place is None or is_name(place)


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
