"""Turns fitted weights into the artifacts: int8 network, familiarity, thresholds, and how it all was made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from models import lens
from models.classifier import ARTIFACTS, WasteClassifier
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS, NO_ITEM
from models.measuring import measures
from models.measuring.manifest import read_jpegs, read_manifests
from models.preparation import prepare
from models.training import background_test, calibrate, export, shares
from models.training.composites import composite
from models.training.loso import leave_out, loso_figures
from models.training.network import WasteNetwork
from models.training.recipe import FIRST, SECOND
from models.training.workshop import Workshop

FAMILIAR_PHOTOS = 1000
RANGE_PHOTOS = 200
OPEN = Decision(1.0, 0.0, 2.0, 1e9, -1.0, -1.0, -1.0, -1.0)
"""Refuses nothing: what scoring starts from, before there are thresholds."""


def ship(shop: Workshop, network: WasteNetwork, target: Path = ARTIFACTS) -> None:
    """Writes every artifact but the figures, which ``models.evaluate`` measures."""
    target.mkdir(parents=True, exist_ok=True)
    shop.labels.write(target / "labels.json")
    exported = shop.folder / "float.onnx"
    export.export_float(network, exported, shop.labels.side)
    export.quantise(exported, target / "waste.onnx", _range_pictures(shop))
    OPEN.write(target / "decision.json")
    zeros = np.zeros((1, 1), np.float32)
    blank = Familiarity(np.zeros((1280, 1), np.float32), zeros[0], zeros, zeros[0] + 1)
    blank.write(target / "familiarity.npz")
    classifier = WasteClassifier.load(target, shop.threads)
    familiarity = _familiarity(shop, classifier)
    familiarity.write(target / "familiarity.npz")
    left, scored = leave_out(shop), _scored(shop, classifier)
    strange = calibrate.Strange(left.logits, np.array([KINDS.index(photo.kind) for photo in left.photos]))
    decision = calibrate.choose(scored, strange, familiarity, shop.labels.kinds)
    decision.write(target / "decision.json")
    _write(target / "loso.json", loso_figures(left, shop.labels.kinds, decision.temperature))
    _write(target / "training.json", _how(shop, classifier, exported))


def _write(path: Path, figures: dict[str, Any]) -> None:
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _how(shop: Workshop, classifier: WasteClassifier, exported: Path) -> dict[str, Any]:
    """What went in and what it cost to make it small; the model's own hash ties it to the file."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    weights = {name: shop.folder / f"{name}.pt" for name in ("first", "fitted")}
    return {
        "model_sha256": classifier.model_hash,
        "manifests": {path.name: _sha256(path) for path in shop.manifests},
        "weights": {name: _sha256(path) for name, path in weights.items() if path.exists()},
        "code_sha256": code.hexdigest(),
        "runs": {"first": asdict(FIRST), "second": asdict(SECOND)},
        "shown": {"photos": shares.REAL, "composites": shares.PASTED, "drawn": shares.DRAWN,
                  "kinds": shares.KIND_SHARES},
        "cut_outs": len(shop.cutouts("train")),
        "taught_photos": int((np.abs(shop.material().teacher).sum(1) > 0).sum()),
        "int8": _int8_loss(shop, classifier, exported),
    }  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _int8_loss(shop: Workshop, classifier: WasteClassifier, exported: Path) -> dict[str, Any]:
    """Validation photos that the float and the int8 network get right, by kind, before any threshold."""
    whole = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    rows = [row for row, photo in enumerate(shop.val) if photo.kind != NO_ITEM]
    squares = shop.squares("val")
    right = {"float": 0, "int8": 0, "same": 0}
    for row in rows:
        pixels = small(squares[row], shop.labels.side)
        logits = np.stack([whole.run(["logits"], {"pixels": pixels[None]})[0][0],
                           classifier.score(pixels).logits])  # fmt: skip
        said = calibrate.kind_probabilities(logits, shop.labels.kinds, 1.0).argmax(1)
        true = KINDS.index(shop.val[row].kind)
        right["float"] += int(said[0] == true)
        right["int8"] += int(said[1] == true)
        right["same"] += int(said[0] == said[1])
    return {name: measures.share(hits, len(rows)) for name, hits in right.items()}


def small(square: np.ndarray, side: int) -> np.ndarray:
    """A cached square at the network's size, uint8 (side, side, 3)."""
    return np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BILINEAR), np.uint8)


def _range_pictures(shop: Workshop) -> np.ndarray:
    """Photos and composites for the quantiser's ranges, from train alone."""
    dice = np.random.default_rng(9)
    squares, cuts, stock = shop.squares("train"), shop.cutouts("train"), shop.stock("train")
    photos = [squares[row] for row in dice.choice(len(squares), RANGE_PHOTOS // 2, replace=False)]
    pasted = [
        np.asarray(composite(cuts[dice.integers(len(cuts))].picture, dice, stock))
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


def _scored(shop: Workshop, classifier: WasteClassifier) -> calibrate.Scored:
    """Validation photos and the background test, each with half of the weight."""
    made = shop.made()
    photos = [photo for photo in shop.val if photo.kind != NO_ITEM]
    pasted = [one for one in read_manifests([made / background_test.MANIFEST]) if one.kind != NO_ITEM]
    pictures = [
        (prepare(jpeg, shop.labels.side).pixels, photo.kind)
        for part, folder in ((photos, shop.data), (pasted, made))
        for photo, jpeg in read_jpegs(part, folder)
    ]
    scores = [classifier.score(pixels) for pixels, _ in pictures]
    real = np.arange(len(pictures)) < len(photos)
    return calibrate.Scored(
        logits=np.stack([one.logits for one in scores]),
        features=np.stack([one.features for one in scores]),
        kinds=np.array([KINDS.index(kind) for _, kind in pictures]),
        weights=np.where(real, 0.5 / len(photos), 0.5 / max(len(pasted), 1)),
        views=[lens.look(pixels) for pixels, _ in pictures],
    )
