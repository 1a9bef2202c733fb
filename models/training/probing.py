"""Frozen features of real and made pictures: what a head is fitted on before fine-tuning begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from models.labels import KINDS, NO_ITEM
from models.training.composites import composite, nothing
from models.training.files import save_array
from models.training.heads import fit_head, outputs_of
from models.training.network import WasteNetwork
from models.training.shares import DRAWN, PASTED, REAL, photo_weights
from models.training.workshop import Workshop

SEED = 31
SIDE = 160
"""At which the frozen features are made, as most of the fit is."""


@dataclass(frozen=True)
class Probe:
    """N rows of train and val photos, then composites, what shows no item, and drawn pictures.

    ``features`` (N, F), ``classes`` (N,) indices into the workshop's classes, ``sources`` (N,), and
    ``weights`` (N,), how often a row is drawn in training: 0 for val.
    """

    features: np.ndarray
    classes: np.ndarray
    sources: np.ndarray
    weights: np.ndarray


def probe(shop: Workshop) -> Probe:
    """Computes the features on the first call and keeps them in the workshop."""
    bare = WasteNetwork(len(shop.classes))
    photos = shop.train + shop.val
    real = np.concatenate([_cached(shop, bare, f"{split}-lite0", split) for split in ("train", "val")])
    squares, classes, sources, weights = _made(shop)
    cache = shop.folder / "made-lite0.npy"
    if not cache.exists():
        save_array(cache, outputs_of(bare, squares, SIDE)[1])
    without = np.array([photo.kind == NO_ITEM and photo.split == "train" for photo in photos])
    share = np.concatenate([photo_weights(shop.train) * REAL, np.zeros(len(shop.val))])
    share[without] = (1 - REAL - PASTED - DRAWN) / 2 / without.sum()
    return Probe(
        np.concatenate([real, np.load(cache)]),
        np.concatenate([[shop.classes.index(photo.item) for photo in photos], classes]),
        np.concatenate([[photo.source for photo in photos], sources]),
        np.concatenate([share, weights]),
    )


def begin(shop: Workshop, left_out: frozenset[str] = frozenset()) -> WasteNetwork:
    """ImageNet's backbone with a head already fitted to it: a random head would first spoil the
    features that hold on unseen sources (Kumar et al. 2022, arXiv:2202.10054).
    """
    known = probe(shop)
    torch.manual_seed(SEED)  # of the head that finds the teacher's embedding, which begins at random
    network = WasteNetwork(len(shop.classes))
    shown = known.weights * ~np.isin(known.sources, sorted(left_out))
    head = fit_head(known.features, known.classes, shown, len(shop.classes), shop.amounts.head_steps, SEED)
    network.head.load_state_dict(head.state_dict())
    return network


def _cached(shop: Workshop, bare: WasteNetwork, name: str, split: str) -> np.ndarray:
    cache = shop.folder / f"{name}.npy"
    if not cache.exists():
        save_array(cache, outputs_of(bare, shop.squares(split), SIDE)[1])
    return np.asarray(np.load(cache))


def _made(shop: Workshop) -> tuple[np.ndarray, list[int], list[str], list[float]]:
    """Squares, classes, sources ("" where no photo lent an item) and weights of made pictures."""
    dice = np.random.default_rng(SEED)
    stock, cuts = shop.stock("train"), shop.cutouts("train")
    source_of = {photo.file: photo.source for photo in shop.train}
    kinds = {photo.item: photo.kind for photo in shop.train}
    shelves: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}
    for row, cut in enumerate(cuts):
        shelves[kinds[cut.item]].setdefault(cut.item, []).append(row)
    filled = [shelves[kind] for kind in KINDS if shelves[kind]]
    squares, names, sources, weights = [], [], [], []
    pictures = shop.amounts.probed
    for index in range(pictures):
        if index % 7 == 6 or not filled:
            name, picture = nothing(dice, stock)
            squares.append(np.asarray(picture))
            names.append(name)
            sources.append("")
            weights.append((1 - REAL - PASTED - DRAWN) / 2 * 7 / pictures)
        else:
            items = filled[index % len(filled)]
            shelf = items[str(dice.choice(sorted(items)))]
            cut = cuts[int(dice.choice(shelf))]
            squares.append(np.asarray(composite(cut.picture, dice, stock)))
            names.append(cut.item)
            sources.append(source_of[cut.file])
            weights.append(PASTED * 7 / 6 / pictures)
    drawn = shop.drawn
    for name, square in drawn:
        squares.append(square)
        names.append(name)
        sources.append("")
        weights.append(DRAWN / len(drawn))
    return np.stack(squares), [shop.classes.index(name) for name in names], sources, weights
