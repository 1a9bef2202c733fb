"""What the network is shown: real photos, composites and empty grounds, kinds and items balanced."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from models.labels import NO_ITEM
from models.manifest import Photo
from models.training.augment import degraded, framed
from models.training.composites import CutOut, composite, empty

ONE_SIDED = (
    "PDooDP/opencv_RecyclableWastes_Detection",
    "TrashArmy/Trash-Data",
    "EcoEra-FourFront/EcoEra",
    "No1tan1ts3d/AUTOMATIC-PLASTIC-BOTTLE-SORTING-WITH-ROBOTIC-ARM-USING-RASPBERRY-PI",
    "KabirAhmad4/Intelligent-Cigarette-Butt-Detection-and-Localization-Using-YOLOv8-Segmentation",
)
CAP = 60
"""So many photos' worth of weight is all that a one-sided source gets for an item."""
KIND_SHARES = {"recyclable": 0.37, "kitchen": 0.19, "hazardous": 0.22, "other": 0.22}
REAL, PASTED, DRAWN = 0.48, 0.32, 0.08
"""Shares of real photos, composites and drawn items; the rest shows no item."""


def photo_weights(photos: list[Photo]) -> np.ndarray:
    """How often each photo is drawn, float64 (N,), summing to 1; photos without an item get 0.

    Kinds by KIND_SHARES; within a kind an item by the root of its effective photos; within an
    item, one-sided sources are capped and a near-duplicate group counts as the root of its size.
    """
    sizes = Counter(photo.group for photo in photos)
    weights = np.array([sizes[photo.group] ** -0.5 for photo in photos])
    weights[[photo.kind == NO_ITEM for photo in photos]] = 0
    shelves: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, photo in enumerate(photos):
        shelves[photo.source, photo.item].append(index)
    for (source, _), rows in shelves.items():
        if source in ONE_SIDED:
            weights[rows] *= min(1.0, CAP / weights[rows].sum())
    return even_weights(weights, [(photo.kind, photo.item) for photo in photos])


def even_weights(weights: np.ndarray, names: list[tuple[str, str]]) -> np.ndarray:
    """``weights`` rescaled so that kinds have KIND_SHARES and items of a kind the root of theirs."""
    even = np.zeros_like(weights)
    items = sorted({name for name in names if name[0] != NO_ITEM})
    roots = {}
    for name in items:
        rows = np.array([name == other for other in names])
        even[rows] = weights[rows] / weights[rows].sum()
        roots[name] = weights[rows].sum() ** 0.5
    for name in items:
        rows = np.array([name == other for other in names])
        kind = sum(root for other, root in roots.items() if other[0] == name[0])
        even[rows] *= KIND_SHARES[name[0]] * roots[name] / kind
    return even / even.sum()


@dataclass(frozen=True)
class Material:
    """Photos with their squares (uint8 (N, S, S, 3)), cut-outs, and teacher embeddings (zero: none).

    ``drawn`` are the simulator's pictures, each with its square; there may be none.
    """

    photos: list[Photo]
    squares: np.ndarray
    cutouts: list[CutOut]
    teacher: np.ndarray
    classes: tuple[str, ...]
    drawn: list[tuple[Photo, np.ndarray]]


class Samples(Dataset):
    """Sample ``i`` of a run is decided by (seed, i) alone, so that a run can be taken up again.

    Gives pixels uint8 (side, side, 3), the class, and the teacher's embedding of the photo the
    item comes from: also for a composite, so that the ground is no part of what is learned.
    """

    def __init__(self, material: Material, side: int, seed: int, first: int, count: int) -> None:
        self._material, self._side, self._seed = material, side, seed
        self._first, self._count = first, count
        photos = material.photos
        self._photo_odds = np.cumsum(photo_weights(photos))
        kinds = {photo.item: photo.kind for photo in photos}
        stock = [(kinds[cut.item], cut.item) for cut in material.cutouts]
        self._cut_odds = np.cumsum(even_weights(np.ones(len(stock)), stock))
        self._rows = {photo.file: row for row, photo in enumerate(photos)}
        nothing = np.array([photo.kind == NO_ITEM for photo in photos])
        self._scenes = np.asarray(material.squares[nothing])

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int, torch.Tensor]:
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
            picture, name, tightest = composite(cut.picture, dice, self._scenes), cut.item, 0.8
        elif chance < REAL + PASTED + DRAWN and self._material.drawn:
            photo, square = self._material.drawn[int(dice.integers(len(self._material.drawn)))]
            name = photo.item if photo.item in self._material.classes else NO_ITEM
            row, picture, tightest = -1, Image.fromarray(square), 0.7
        else:
            row, picture, name, tightest = -1, empty(dice, self._scenes), NO_ITEM, 0.5
        pixels = degraded(framed(picture, self._side, dice, tightest), dice)
        known = self._material.teacher[row] if row >= 0 else np.zeros_like(self._material.teacher[0])
        return torch.from_numpy(pixels), self._material.classes.index(name), torch.from_numpy(known)
