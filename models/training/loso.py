"""Leaves sources out in turn: how the recipe does on photos of a source it has never met.

The same network, pictures and fine-tuning as the shipped model's, but in three folds and with far
fewer and smaller pictures and no polish: the largest source is left out by itself, the others in two folds.
Each photo is judged by the network that saw nothing of its source. Training photos of a source
are judged too, up to a number, because most sources have few others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.labels import KINDS, NO_ITEM
from models.measuring import measures
from models.measuring.manifest import Photo
from models.training.calibrate import best_temperature, kind_probabilities
from models.training.cutouts import COMPOSITE_SOURCES
from models.training.fit import fit
from models.training.heads import outputs_of
from models.training.probing import begin
from models.training.recipe import Run
from models.training.shares import folds
from models.training.workshop import Workshop

SIDE = 192
"""At which the folds' networks are asked: between what they were trained on and the bin's 224."""
SEED = 8


@dataclass(frozen=True)
class LeftOut:
    """Photos judged by networks that saw nothing of their source.

    ``logits`` (N, classes) are divided by the temperature that suits each network's own sources.
    """

    photos: list[Photo]
    logits: np.ndarray


def leave_out(shop: Workshop) -> LeftOut:
    """Fits and asks each fold once; what was found is kept in the workshop."""
    judged = [
        photo
        for photo in shop.train + shop.val
        if photo.kind != NO_ITEM and photo.source not in COMPOSITE_SOURCES
    ]
    dice = np.random.default_rng(SEED)
    chosen: list[Photo] = []
    found = []
    for number, sources in enumerate(folds(judged)):
        asked: list[Photo] = []
        for source in sorted(sources):
            own = [photo for photo in judged if photo.source == source]
            asked += [own[row] for row in sorted(dice.permutation(len(own))[: shop.amounts.judged])]
        found.append(_answers(shop, number, sources, asked))
        chosen += asked
    return LeftOut(chosen, np.concatenate(found))


def _answers(shop: Workshop, number: int, sources: frozenset[str], asked: list[Photo]) -> np.ndarray:
    """Logits (N, classes) of the photos ``asked``, from a network fitted without ``sources``."""
    folder = Path(shop.folder / f"fold-{number}")
    cache = folder / "logits.npy"
    if not cache.exists():
        folder.mkdir(exist_ok=True)
        shop.console.print(f"  fold {number}: without {', '.join(sorted(sources))}")
        run, material = shop.amounts.fold, shop.material(sources)
        network, _ = fit(begin(shop, sources), material, run, folder / "fit.pt", shop.console)
        own = [photo for photo in shop.val if photo.kind != NO_ITEM and photo.source not in sources]
        logits = outputs_of(network, _pixels(shop, asked + own), SIDE)[0]
        true = np.array([KINDS.index(photo.kind) for photo in own], int)
        np.save(cache, logits[: len(asked)] / best_temperature(logits[len(asked) :], true, shop.labels.kinds))
    return np.asarray(np.load(cache))


def _pixels(shop: Workshop, photos: list[Photo]) -> np.ndarray:
    place = {photo.file: (split, row) for split in ("train", "val")
             for row, photo in enumerate(shop.photos(split))}  # fmt: skip
    squares = {split: shop.squares(split) for split in ("train", "val")}
    rows = [place[photo.file] for photo in photos]
    return np.stack([squares[split][row] for split, row in rows])


def loso_figures(left: LeftOut, row_kinds: tuple[str, ...], run: Run) -> dict[str, Any]:
    """``loso.json``: figures and counts by source and in all, each network calibrated on its own sources."""
    kinds = kind_probabilities(left.logits, row_kinds, 1.0)
    true = [photo.kind for photo in left.photos]
    of = np.array([photo.source for photo in left.photos])
    recipe = " ".join(str(__doc__).split("\n\n")[1].split())
    everything = _figures(true, kinds, np.arange(len(true)))
    return {
        "recipe": recipe,
        "run": asdict(run),
        **everything,
        "sources": {name: _figures(true, kinds, np.flatnonzero(of == name)) for name in sorted(set(of))},
    }


def _figures(true: list[str], kinds: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    said = [KINDS[index] for index in kinds[rows].argmax(1)]
    right = np.array([true[row] == name for row, name in zip(rows, said, strict=True)])
    counts = measures.confusion([true[row] for row in rows], said, KINDS)
    return {
        "kind_accuracy": measures.share(int(right.sum()), len(right)),
        "balanced_kind_accuracy": round(measures.balanced_accuracy(counts), 4),
        "calibration_error": round(measures.calibration_error(kinds[rows].max(1), right), 4),
        "kind_confusion": counts,
    }
