"""Leaves sources out in turn: how a recipe does on photos of a source that it has never met."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.labels import KINDS, NO_ITEM
from models.measuring.manifest import Photo
from models.training.calibrate import best_temperature
from models.training.files import save_array
from models.training.fit import fit_all
from models.training.heads import outputs_of
from models.training.left_out import LeftOut
from models.training.probing import begin
from models.training.shares import folds, strangers
from models.training.workshop import Workshop

SEED = 8


def leave_out(shop: Workshop) -> LeftOut:
    """Fits and asks each fold once; what was found is kept in the workshop."""
    dice = np.random.default_rng(SEED)
    chosen: list[Photo] = []
    found, by = [], []
    for number, sources in enumerate(folds(shop.train + shop.val)):
        asked = strangers(shop.train, shop.val, sources, shop.amounts.judged, dice)
        found.append(_answers(shop, number, sources, asked))
        chosen += asked
        by += [number] * len(asked)
    return LeftOut(chosen, np.concatenate(found), np.array(by))


def _answers(shop: Workshop, number: int, sources: frozenset[str], asked: list[Photo]) -> np.ndarray:
    """Logits (N, classes) of the photos ``asked``, from a network fitted without ``sources``."""
    folder = Path(shop.folder / f"fold-{number}")
    cache = folder / "logits.npy"
    if not cache.exists():
        folder.mkdir(exist_ok=True)
        shop.console.print(f"  fold {number}: without {', '.join(sorted(sources))}")
        material = shop.material(sources)
        network, _ = fit_all(begin(shop, sources), material, shop.amounts.fold, folder, shop.console)
        own = [photo for photo in shop.val if photo.kind != NO_ITEM and photo.source not in sources]
        logits = outputs_of(network, _pixels(shop, asked + own), shop.amounts.fold[-1].side)[0]
        true = np.array([KINDS.index(photo.kind) for photo in own], int)
        temperature = best_temperature(logits[len(asked) :], true, shop.labels.kinds)
        save_array(cache, logits[: len(asked)] / temperature)
    return np.asarray(np.load(cache))


def _pixels(shop: Workshop, photos: list[Photo]) -> np.ndarray:
    place = {photo.file: (split, row) for split in ("train", "val")
             for row, photo in enumerate(shop.photos(split))}  # fmt: skip
    squares = {split: shop.squares(split) for split in ("train", "val")}
    rows = [place[photo.file] for photo in photos]
    return np.stack([squares[split][row] for split, row in rows])
