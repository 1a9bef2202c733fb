"""The training photos as decoded squares, made by the code the bin itself runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.errors import UnreadablePhotoError
from models.measuring.manifest import Photo, read_jpegs
from models.preparation import SQUARE, prepare


def decoded(photos: list[Photo], folder: Path, cache: Path) -> np.ndarray:
    """Prepared squares, uint8 (N, SQUARE, SQUARE, 3), in the order of ``photos``.

    Memory-mapped from ``cache``, which is filled on the first call. Raises UnreadablePhotoError, which
    names the photo.
    """
    shape = (len(photos), SQUARE, SQUARE, 3)
    if cache.exists():
        squares = np.load(cache, mmap_mode="r")
        if squares.shape == shape:
            return squares
    position = {photo.file: index for index, photo in enumerate(photos)}
    partial = cache.with_suffix(".partial.npy")
    squares = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
    for photo, jpeg in read_jpegs(photos, folder):
        try:
            squares[position[photo.file]] = prepare(jpeg, SQUARE).pixels
        except UnreadablePhotoError as error:
            raise UnreadablePhotoError(f"{photo.file}: {error}") from error
    squares.flush()
    partial.rename(cache)
    return np.load(cache, mmap_mode="r")
