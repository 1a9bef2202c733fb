"""Manifest rows and the tars that hold their photos."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Photo:
    """One manifest row. ``file`` is ``SPLIT/FINE/SHA16.jpg`` inside ``tar``; ``kind`` is its ``bin``."""

    file: str
    tar: str
    split: str
    kind: str
    item: str
    source: str
    group: str


def read_manifests(manifests: Iterable[Path], split: str | None = None) -> list[Photo]:
    """Rows of all manifests in order, of one split when it is named.

    Raises OSError where a manifest cannot be read, ValueError where it lacks a column we need.
    """
    photos = []
    for manifest in manifests:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            missing = {"file", "bin", "fine"} - set(rows.fieldnames or ())
            if missing:
                raise ValueError(f"{manifest} lacks the columns {sorted(missing)}")
            for row in rows:
                place = row.get("split") or ""
                if split is None or place == split:
                    photos.append(
                        Photo(
                            file=row["file"],
                            tar=row.get("tar") or "",
                            split=place,
                            kind=row["bin"],
                            item=row["fine"],
                            source=row.get("source_repo") or manifest.stem,
                            group=row.get("near_dup_group") or row["file"],
                        )
                    )
    return photos


def read_jpegs(photos: Iterable[Photo], folder: Path) -> Iterator[tuple[Photo, bytes]]:
    """Each photo with its bytes, tar by tar, so not in the order given.

    A photo that lies unpacked in ``folder`` is read there. Raises OSError where a tar is
    missing, KeyError where it does not hold the photo.
    """
    by_tar: dict[str, list[Photo]] = {}
    for photo in photos:
        if photo.tar:
            by_tar.setdefault(photo.tar, []).append(photo)
        else:
            yield photo, (folder / photo.file).read_bytes()
    for name, members in by_tar.items():
        with tarfile.open(folder / name) as tar:
            for photo in members:
                member = tar.extractfile(photo.file)
                if member is None:
                    raise KeyError(f"{photo.file} in {name} is no file")
                yield photo, member.read()
