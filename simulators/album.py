"""The pictures that the neighbourhood's cameras take: drawn, or real photos with labels."""

import logging
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from linli.errors import LinliError
from simulators.happenings import Shown
from simulators.pictures import studio

log = logging.getLogger(__name__)

VARIETY = 40
"""Drawn pictures of each item before they come again: enough that a page of deposits shows no twins."""
SUFFIXES = (".jpg", ".jpeg", ".png")


class NoPhotos(LinliError):
    """The photos given cannot be used."""


class Album(Protocol):
    """Where pictures come from. Used from one thread."""

    origin: Literal["drawn", "real"]
    items: Sequence[str]
    """What there are pictures of, in the words of the profile."""
    bags: bool
    """Whether there are pictures of closed bags."""

    def picture(self, shown: Shown) -> bytes:
        """A JPEG (or PNG) of what is shown, the same for the same."""

    def close(self) -> None:
        """Let go of what it reads from."""


class DrawnAlbum:
    """Drawn by us. A picture is drawn when it is first wanted, and kept."""

    origin: Literal["drawn", "real"] = "drawn"
    bags = True

    def __init__(self, known: Iterable[str]) -> None:
        """`known` are the items that the profile knows."""
        names = set(known)
        self.items: Sequence[str] = [item for item in studio.ITEMS if item in names]
        self._drawn: dict[tuple[str, int], bytes] = {}

    def picture(self, shown: Shown) -> bytes:
        """Raises ValueError for what the studio cannot draw."""
        key = (shown.what, shown.picture % VARIETY)
        if key not in self._drawn:
            self._drawn[key] = studio.draw(*key)
        return self._drawn[key]

    def close(self) -> None:
        """Nothing is open."""


class PhotoAlbum:
    """Real photos from a folder or a tar: the name of the folder a photo lies in is its label.

    What is no item of the profile is left out. Scenes (an empty place, a covered lens, a bag on the ground)
    are seen by the collection point's camera alone and are no deposits; they are drawn.
    """

    origin: Literal["drawn", "real"] = "real"
    bags = False

    def __init__(self, path: Path, known: Iterable[str]) -> None:
        """Raises NoPhotos."""
        names = set(known)
        try:
            self._tar = None if path.is_dir() else tarfile.open(path)  # noqa: SIM115 - closed by `close`
            found = [str(file) for file in path.rglob("*")] if self._tar is None else self._tar.getnames()
        except (OSError, tarfile.TarError) as error:
            raise NoPhotos(f"--photos {path}: neither a folder nor a tar: {error}") from error
        self._photos = _by_label(found, names)
        self.items: Sequence[str] = list(self._photos)
        self._scenes = DrawnAlbum([])
        if not self.items:
            self.close()
            raise NoPhotos(f"--photos {path}: no photo lies in a folder named like an item: {sorted(names)}")
        photos = sum(map(len, self._photos.values()))
        log.info("%d photos of %d items in %s", photos, len(self.items), path)

    def picture(self, shown: Shown) -> bytes:
        """Raises NoPhotos when it is gone."""
        if shown.what not in self._photos:
            return self._scenes.picture(shown)
        photos = self._photos[shown.what]
        name = photos[shown.picture % len(photos)]
        try:
            if self._tar is None:
                return Path(name).read_bytes()
            file = self._tar.extractfile(name)
            if file is None:
                raise NoPhotos(f"{name} is no file")
            return file.read()
        except (OSError, tarfile.TarError, KeyError) as error:
            raise NoPhotos(f"{name} cannot be read: {error}") from error

    def close(self) -> None:
        """Close the tar."""
        if self._tar is not None:
            self._tar.close()


def _by_label(names: Iterable[str], known: set[str]) -> Mapping[str, Sequence[str]]:
    photos: dict[str, list[str]] = {}
    for name in sorted(names):  # so that the same photos come in the same order wherever they lie
        path = PurePosixPath(name.replace("\\", "/"))
        if path.suffix.lower() in SUFFIXES and path.parent.name in known:
            photos.setdefault(path.parent.name, []).append(name)
    return {item: photos[item] for item in sorted(photos)}
