"""Small pictures made by code, for tests that must run without any photo."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    dice = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), (190, 180, 170))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        left, top = int(dice.integers(0, width // 2)), int(dice.integers(0, height // 2))
        colour = tuple(int(part) for part in dice.integers(0, 255, 3))
        pen.rectangle((left, top, left + width // 3, top + height // 3), fill=colour)
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def archive(folder: Path, rows: list[tuple[str, str, bytes]]) -> Path:
    """A tar of (bin, fine, jpeg) and its manifest, whose path is returned."""
    manifest = folder / "manifest.csv"
    with (
        manifest.open("w", newline="", encoding="utf-8") as lines,
        tarfile.open(folder / "val.tar", "w") as tar,
    ):
        writer = csv.writer(lines)
        writer.writerow(["file", "tar", "split", "bin", "fine", "source_repo", "near_dup_group"])
        for index, (kind, item, jpeg) in enumerate(rows):
            name = f"val/{item}/{index:016x}.jpg"
            entry = tarfile.TarInfo(name)
            entry.size = len(jpeg)
            tar.addfile(entry, io.BytesIO(jpeg))
            writer.writerow([name, "val.tar", "val", kind, item, f"source/{index % 2}", f"g{index}"])
    return manifest
