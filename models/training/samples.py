"""What the network is shown: real photos, composites, empty and hidden views, kinds and items balanced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from models.measuring.manifest import Photo
from models.training.augment import degraded, framed
from models.training.backgrounds import Stock
from models.training.composites import composite, nothing
from models.training.cutouts import CutOut
from models.training.shares import DRAWN, PASTED, REAL, even_weights, photo_weights

OPINION = 0.5
"""How much of what a taught photo shall be called is the teacher's opinion; the rest is its label."""


@dataclass(frozen=True)
class Material:
    """Photos with their squares (uint8 (N, S, S, 3)) and cut-outs.

    ``embeddings`` (N, 512) and ``opinions`` (N, classes) are the teacher's, zero where it was not
    asked. ``drawn`` are the simulator's pictures, class and square. Nothing of the sources
    ``left_out`` is shown, cut out or taught (bare corners are).
    """

    photos: list[Photo]
    squares: np.ndarray
    cutouts: list[CutOut]
    embeddings: np.ndarray
    opinions: np.ndarray
    classes: tuple[str, ...]
    drawn: list[tuple[str, np.ndarray]]
    stock: Stock
    left_out: frozenset[str] = frozenset()


class Samples(Dataset):
    """Sample ``i`` of a run is decided by (seed, i) alone, so that a run can be taken up again.

    Gives pixels uint8 (side, side, 3), the probabilities of the classes that are aimed at, and the
    teacher's embedding of the photo that the item comes from: also for a composite, so that the
    ground is no part of what is learned.
    """

    def __init__(
        self, material: Material, side: int, seed: int, first: int, count: int, least: float = 0.0
    ) -> None:
        self._material, self._side, self._seed, self._least = material, side, seed, least
        self._first, self._count = first, count
        photos = material.photos
        self._photo_odds = np.cumsum(photo_weights(photos, material.left_out))
        kinds = {photo.item: photo.kind for photo in photos}
        stock = [(kinds[cut.item], cut.item) for cut in material.cutouts]
        self._cut_odds = np.cumsum(even_weights(np.ones(len(stock)), stock))
        self._rows = {photo.file: row for row, photo in enumerate(photos)}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        dice = np.random.default_rng((self._seed, self._first + index))
        chance = dice.random()
        if chance < REAL:
            row = int(np.searchsorted(self._photo_odds, dice.random() * self._photo_odds[-1]))
            picture = Image.fromarray(self._material.squares[row])
            name, tightest = self._material.photos[row].item, 0.45
        elif chance < REAL + PASTED:
            cut = self._material.cutouts[
                int(np.searchsorted(self._cut_odds, dice.random() * self._cut_odds[-1]))
            ]
            row = self._rows.get(cut.file, -1)
            picture, name, tightest = composite(cut.picture, dice, self._material.stock), cut.item, 0.8
        elif chance < REAL + PASTED + DRAWN and self._material.drawn:
            name, square = self._material.drawn[int(dice.integers(len(self._material.drawn)))]
            row, picture, tightest = -1, Image.fromarray(square), 0.7
        else:
            row, tightest = -1, 0.5
            name, picture = nothing(dice, self._material.stock)
        pixels = degraded(framed(picture, self._side, dice, max(tightest, self._least)), dice)
        known = self._material.embeddings[row] if row >= 0 else np.zeros_like(self._material.embeddings[0])
        aim = np.zeros(len(self._material.classes), np.float32)
        aim[self._material.classes.index(name)] = 1
        if row >= 0 and self._material.opinions[row].any():
            aim = (1 - OPINION) * aim + OPINION * self._material.opinions[row]
        return torch.from_numpy(pixels), torch.from_numpy(aim), torch.from_numpy(known)
