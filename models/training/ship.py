"""Turns fitted weights into the artifacts: int8 network, familiarity, thresholds, made-picture figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from models import lens
from models.classifier import ARTIFACTS, WasteClassifier
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS, NO_ITEM
from models.manifest import read_jpegs
from models.preparation import prepare
from models.training import background_test, calibrate, export
from models.training.composites import composite
from models.training.network import WasteNetwork
from models.training.workshop import Workshop

FAMILIAR_PHOTOS = 1500
RANGE_PHOTOS = 200
OPEN = Decision(1.0, 0.0, 2.0, 1e9, -1.0, -1.0, -1.0, -1.0)
"""Refuses nothing: what scoring starts from, before there are thresholds."""


def ship(shop: Workshop, network: WasteNetwork, target: Path = ARTIFACTS) -> None:
    """Writes every artifact but the figures on real photos, which ``models.evaluate`` measures."""
    target.mkdir(parents=True, exist_ok=True)
    shop.labels.write(target / "labels.json")
    export.export_float(network, shop.folder / "float.onnx", shop.labels.side)
    export.quantise(shop.folder / "float.onnx", target / "waste.onnx", _range_pictures(shop))
    OPEN.write(target / "decision.json")
    zeros = np.zeros((1, 1), np.float32)
    blank = Familiarity(np.zeros((1280, 1), np.float32), zeros[0], zeros, zeros[0] + 1)
    blank.write(target / "familiarity.npz")
    classifier = WasteClassifier.load(target, shop.threads)
    familiarity = _familiarity(shop, classifier)
    familiarity.write(target / "familiarity.npz")
    side, scenes = shop.labels.side, shop.scenes("val")
    kinds = {photo.item: photo.kind for photo in shop.train}
    pasted = background_test.items_on_grounds(shop.cutouts("val"), kinds, scenes, side)
    decision = calibrate.choose(_scored(shop, classifier, pasted), familiarity, shop.labels.kinds)
    decision.write(target / "decision.json")
    classifier = WasteClassifier.load(target, shop.threads)
    made = pasted + background_test.empty_pictures(scenes, side)
    result = {"model_sha256": classifier.model_hash, **background_test.figures(classifier, made)}
    (target / "made.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def small(square: np.ndarray, side: int) -> np.ndarray:
    """A cached square at the network's size, uint8 (side, side, 3)."""
    return np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BILINEAR), np.uint8)


def _range_pictures(shop: Workshop) -> np.ndarray:
    """Photos and composites for the quantiser's ranges, from train alone."""
    dice = np.random.default_rng(9)
    squares, cuts, scenes = shop.squares("train"), shop.cutouts("train"), shop.scenes("train")
    photos = [squares[row] for row in dice.choice(len(squares), RANGE_PHOTOS // 2, replace=False)]
    pasted = [
        np.asarray(composite(cuts[dice.integers(len(cuts))].picture, dice, scenes))
        for _ in range(RANGE_PHOTOS // 2)
    ]
    return np.stack([small(square, shop.labels.side) for square in photos + pasted])


def _familiarity(shop: Workshop, classifier: WasteClassifier) -> Familiarity:
    dice = np.random.default_rng(10)
    rows = [row for row, photo in enumerate(shop.train) if photo.kind != NO_ITEM]
    rows = sorted(dice.choice(rows, min(FAMILIAR_PHOTOS, len(rows)), replace=False))
    squares = shop.squares("train")
    features = np.stack([classifier.score(small(squares[row], shop.labels.side)).features for row in rows])
    classes = np.array([shop.labels.items.index(shop.train[row].item) for row in rows])
    return Familiarity.fit(features.astype(np.float32), classes)


def _scored(
    shop: Workshop, classifier: WasteClassifier, pasted: list[background_test.MadePicture]
) -> calibrate.Scored:
    pictures = [
        (prepare(jpeg, shop.labels.side).pixels, photo.kind)
        for photo, jpeg in read_jpegs([photo for photo in shop.val if photo.kind != NO_ITEM], shop.data)
    ]
    real = len(pictures)
    pictures += [(one.pixels, str(one.kind)) for one in pasted]
    scores = [classifier.score(pixels) for pixels, _ in pictures]
    weights = np.where(np.arange(len(pictures)) < real, 0.5 / real, 0.5 / max(len(pasted), 1))
    return calibrate.Scored(
        logits=np.stack([one.logits for one in scores]),
        features=np.stack([one.features for one in scores]),
        kinds=np.array([KINDS.index(kind) for _, kind in pictures]),
        weights=weights,
        views=[lens.look(pixels) for pixels, _ in pictures],
    )
