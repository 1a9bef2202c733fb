"""Leaves sources out in turn: how a recipe does on photos of a source that it has never met.

``loso.json`` is written by the step ``ship``, as what is sure in it hangs on the thresholds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.familiarity import Familiarity
from models.labels import KINDS, NO_ITEM
from models.measuring import measures
from models.measuring.manifest import Photo
from models.training.calibrate import best_temperature
from models.training.files import save_arrays
from models.training.fit import fit_all
from models.training.heads import outputs_of
from models.training.left_out import LeftOut
from models.training.probing import begin
from models.training.shares import folds, strangers, whole_photos
from models.training.workshop import Workshop

SEED = 8
Answers = dict[str, np.ndarray]


def leave_out(shop: Workshop) -> LeftOut:
    """Fits and asks each fold once; what was found is kept in the workshop."""
    dice = np.random.default_rng(SEED)
    chosen: list[Photo] = []
    found: list[Answers] = []
    for number, sources in enumerate(folds(shop.train + shop.val)):
        asked = strangers(shop.train, shop.val, sources, shop.amounts.judged, dice)
        found.append(_answers(shop, number, sources, asked))
        chosen += asked
    by = [np.full(len(answers["logits"]), number) for number, answers in enumerate(found)]
    return LeftOut(
        chosen,
        np.concatenate([answers["logits"] for answers in found]),
        np.concatenate(by),
        [float(measures.auroc(answers["strange"], answers["familiar"])) for answers in found],
    )


def _answers(shop: Workshop, number: int, sources: frozenset[str], asked: list[Photo]) -> Answers:
    """``logits`` (N, classes) of the photos ``asked``, from a network fitted without ``sources``.

    ``strange`` (N,) and ``familiar`` (M,) are the distances of these and of val photos of its own sources
    from what it was trained on.
    """
    folder = Path(shop.folder / f"fold-{number}")
    cache = folder / "answers.npz"
    if not cache.exists():
        folder.mkdir(exist_ok=True)
        shop.console.print(f"  fold {number}: without {', '.join(sorted(sources))}")
        material = shop.material(sources)
        network, _ = fit_all(begin(shop, sources), material, shop.amounts.fold, folder, shop.console)
        own = [photo for photo in shop.val if photo.kind != NO_ITEM and photo.source not in sources]
        known = _some(whole_photos(shop.train), sources, shop.amounts.familiar)
        side, count = shop.amounts.fold[-1].side, len(asked) + len(own)
        logits, features = outputs_of(network, _pixels(shop, asked + own + known), side)
        classes = np.array([shop.labels.items.index(photo.item) for photo in known])
        familiarity = Familiarity.fit(features[count:].astype(np.float32), classes)
        distances = np.array([familiarity.distance(one) for one in features[:count].astype(np.float64)])
        true = np.array([KINDS.index(photo.kind) for photo in own], int)
        temperature = best_temperature(logits[len(asked) : count], true, shop.labels.kinds)
        save_arrays(
            cache,
            logits=logits[: len(asked)] / temperature,
            strange=distances[: len(asked)],
            familiar=distances[len(asked) :],
        )
    with np.load(cache) as stored:
        return dict(stored)


def _some(photos: list[Photo], left_out: frozenset[str], most: int) -> list[Photo]:
    """``most`` at most of ``photos``, none of the sources ``left_out``."""
    rows = [row for row, photo in enumerate(photos) if photo.source not in left_out]
    dice = np.random.default_rng(SEED)
    return [photos[row] for row in sorted(dice.choice(rows, min(most, len(rows)), replace=False))]


def _pixels(shop: Workshop, photos: list[Photo]) -> np.ndarray:
    place = {photo.file: (split, row) for split in ("train", "val")
             for row, photo in enumerate(shop.photos(split))}  # fmt: skip
    squares = {split: shop.squares(split) for split in ("train", "val")}
    rows = [place[photo.file] for photo in photos]
    return np.stack([squares[split][row] for split, row in rows])
