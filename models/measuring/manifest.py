"""Manifest rows and the tars that hold their photos."""

from __future__ import annotations

import csv
import hashlib
import lzma
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from models.labels import KINDS, NO_ITEM
from models.preparation import MAX_BYTES


@dataclass(frozen=True)
class Photo:
    """One manifest row. ``file`` is a path inside ``tar``; ``kind`` is its ``bin``, ``item`` its ``fine``."""

    file: str
    tar: str
    split: str
    kind: str
    item: str
    source: str
    group: str


def read_manifests(manifests: Iterable[Path], split: str | None = None) -> list[Photo]:
    """Rows of all manifests in order, of one split when it is named.

    Raises OSError where a manifest cannot be read, and ValueError, with its name, where it lacks a column we
    need, or holds an unknown kind, a path that leads out of the folder, or a photo that is there already,
    and where another has its name: figures are told apart by it.
    """
    manifests = list(manifests)
    for name, count in Counter(path.name for path in manifests).items():
        if count > 1:
            raise ValueError(f"{count} manifests are called {name}: rename one, figures go by their names")
    found: dict[PurePath, Photo] = {}
    for manifest in manifests:
        try:
            rows = list(_rows(manifest))
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{manifest}: {error}") from error
        for photo in rows:
            if found.setdefault(PurePath(photo.file), photo) is not photo:
                raise ValueError(f"{manifest}: {photo.file} is there twice, or in another manifest too")
    return [photo for photo in found.values() if split is None or photo.split == split]


def hashes(manifests: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each manifest, by its name, which ``read_manifests`` has seen to be the only one."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in manifests}


def _rows(manifest: Path) -> Iterator[Photo]:
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        missing = {"file", "bin", "fine"} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"it lacks the columns {sorted(missing)}")
        for row in rows:
            if short := [name for name in ("file", "bin", "fine") if row[name] is None]:
                raise ValueError(f"line {rows.line_num} has no column {short[0]!r}")
            if row["bin"] not in (*KINDS, NO_ITEM):
                raise ValueError(f"the column 'bin' holds {row['bin']!r}, and not only {[*KINDS, NO_ITEM]}")
            for name in (row["file"], row.get("tar") or "."):
                if not name or PurePath(name).is_absolute() or ".." in PurePath(name).parts:
                    raise ValueError(f"{name!r} is no path within the folder of the photos")
            yield Photo(
                file=row["file"],
                tar=row.get("tar") or "",
                split=row.get("split") or "",
                kind=row["bin"],
                item=row["fine"],
                source=row.get("source_repo") or manifest.stem,
                group=row.get("near_dup_group") or row["file"],
            )


def read_jpegs(photos: Iterable[Photo], folder: Path) -> Iterator[tuple[Photo, bytes]]:
    """Each photo with its bytes, tar by tar, so not in the order given; too large ones are cut off.

    A photo that lies unpacked in ``folder`` is read there. Raises OSError where a tar is
    missing, ValueError where it is none or does not hold the photo.
    """
    by_tar: dict[str, list[Photo]] = {}
    for photo in photos:
        if photo.tar:
            by_tar.setdefault(photo.tar, []).append(photo)
        else:
            with (folder / photo.file).open("rb") as file:
                yield photo, file.read(MAX_BYTES + 1)
    for name, members in by_tar.items():
        try:
            with tarfile.open(folder / name) as tar:
                for photo in members:
                    yield photo, _content(tar, photo.file)
        except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, KeyError, RecursionError) as error:
            raise ValueError(f"{folder / name}: {error}") from error


def look_for(photos: Iterable[Photo], folder: Path) -> None:
    """Raises ValueError where a tar or an unpacked photo is not in ``folder``; looks into no tar."""
    wanted = {folder / (photo.tar or photo.file) for photo in photos}
    lost = sorted(path for path in wanted if not path.is_file())
    if lost:
        others = f", nor are {len(lost) - 1} others that the manifests name" if len(lost) > 1 else ""
        raise ValueError(f"{lost[0]} is no file{others}")


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    if member is None:
        raise KeyError(f"{name} is no file")
    return member.read(MAX_BYTES + 1)
