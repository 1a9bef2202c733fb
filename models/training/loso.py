"""Leaves sources out in turn: how the recipe does on photos of a source it has never met.

The same network, pictures and fine-tuning as the shipped model's, but in three folds and with far
fewer rounds at the small side: the largest source is left out by itself, the others in two folds.
Each photo is judged by the network that saw nothing of its source. Training photos of a source
are judged too, up to a number, because most sources have few others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.labels import KINDS, NO_ITEM
from models.measuring import measures
from models.measuring.manifest import Photo
from models.training.calibrate import kind_probabilities
from models.training.cutouts import COMPOSITE_SOURCES
from models.training.fit import fit
from models.training.heads import outputs_of
from models.training.probing import begin
from models.training.recipe import SHORT
from models.training.shares import folds
from models.training.workshop import Workshop

SIDE = 160
"""At which the folds' networks are asked: between what they were trained on and the bin's 224."""
JUDGED = 300
"""So many photos at most of one source."""
SEED = 8


@dataclass(frozen=True)
class LeftOut:
    """Photos judged by networks that saw nothing of their source: ``logits`` (N, classes)."""

    photos: list[Photo]
    logits: np.ndarray


def leave_out(shop: Workshop) -> LeftOut:
    """Fits and asks each fold once; what was found is kept in the workshop."""
    photos = shop.train + shop.val
    squares = [shop.squares("train"), shop.squares("val")]
    judged = [photo for photo in photos if photo.kind != NO_ITEM and photo.source not in COMPOSITE_SOURCES]
    place = {photo.file: row for row, photo in enumerate(photos)}
    dice = np.random.default_rng(SEED)
    chosen: list[Photo] = []
    found = []
    for number, sources in enumerate(folds(judged)):
        asked: list[Photo] = []
        for source in sorted(sources):
            own = [photo for photo in judged if photo.source == source]
            asked += [own[row] for row in sorted(dice.permutation(len(own))[:JUDGED])]
        rows = [place[photo.file] for photo in asked]
        pixels = np.stack([squares[row >= len(shop.train)][row % len(shop.train)] for row in rows])
        found.append(_answers(shop, number, sources, pixels))
        chosen += asked
    return LeftOut(chosen, np.concatenate(found))


def _answers(shop: Workshop, number: int, sources: frozenset[str], pixels: np.ndarray) -> np.ndarray:
    """Logits (N, classes) of ``pixels`` from a network fitted without ``sources``."""
    folder = Path(shop.folder / f"fold-{number}")
    cache = folder / "logits.npy"
    if not cache.exists():
        folder.mkdir(exist_ok=True)
        shop.console.print(f"fold {number}: without {', '.join(sorted(sources))}")
        material = shop.material().without(sources)
        network = fit(begin(shop, sources), material, SHORT, folder / "fit.pt", shop.console)
        torch.save(network.state_dict(), folder / "fitted.pt")
        np.save(cache, outputs_of(network, pixels, SIDE)[0])
    return np.asarray(np.load(cache))


def loso_figures(left: LeftOut, row_kinds: tuple[str, ...], temperature: float) -> dict[str, Any]:
    """``loso.json``: figures and counts by source and in all, at the shipped temperature."""
    kinds = kind_probabilities(left.logits, row_kinds, temperature)
    true = [photo.kind for photo in left.photos]
    of = np.array([photo.source for photo in left.photos])
    recipe = " ".join(str(__doc__).split("\n\n")[1].split())
    everything = _figures(true, kinds, np.arange(len(true)))
    return {
        "recipe": f"{recipe} {SHORT}",
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
