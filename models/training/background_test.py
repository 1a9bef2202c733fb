"""Validation items on grounds they were never photographed on: the test that photos alone cannot give.

Also the made pictures without an item. Neither is ever in one figure with real photos.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from models import lens, measures
from models.classifier import WasteClassifier, emptiness
from models.labels import KINDS
from models.training import backgrounds
from models.training.composites import CutOut, paste

SEED = 77
EMPTY_EACH = 100


@dataclass(frozen=True)
class MadePicture:
    """``kind`` is None where there is no item; ``pixels`` are uint8 (S, S, 3)."""

    ground: str
    kind: str | None
    pixels: np.ndarray


def items_on_grounds(
    cutouts: list[CutOut], kinds: dict[str, str], scenes: np.ndarray, side: int
) -> list[MadePicture]:
    """Every cut-out once on a plain panel, in a bin, and on a photographed scene."""
    dice = np.random.default_rng(SEED)
    made = []
    for cut in cutouts:
        for name, ground in _grounds(scenes).items():
            if name != "rough":
                made.append(
                    MadePicture(name, kinds[cut.item], _pixels(paste(cut.picture, ground(dice), dice), side))
                )
    return made


def empty_pictures(scenes: np.ndarray, side: int) -> list[MadePicture]:
    """Bare grounds, and views through a dark, blurred or covered lens: EMPTY_EACH of every sort."""
    dice = np.random.default_rng(SEED + 1)
    made = []
    for name, ground in _grounds(scenes).items():
        made += [MadePicture(name, None, _pixels(ground(dice), side)) for _ in range(EMPTY_EACH)]
    for name, spoil in {"dark": dark, "blurred": blurred, "covered": covered}.items():
        for _ in range(EMPTY_EACH):
            scene = backgrounds.photographed(dice, scenes)
            made.append(MadePicture(name, None, _pixels(spoil(scene, dice), side)))
    return made


def dark(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Almost no light: what is left is the sensor's noise."""
    pixels = np.asarray(picture, np.float32) * dice.uniform(0.0, 0.06)
    pixels += dice.normal(0, dice.uniform(0.5, 3), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def blurred(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Far out of focus: no edge is left that an item could be known by."""
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(7, 14))))


def covered(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Something lies on the lens: one smooth colour with a hint of light, and a little noise."""
    base = np.ones((backgrounds.SIDE, backgrounds.SIDE, 3), np.float32) * dice.uniform(20, 150, 3)
    base += backgrounds.cloud(dice, 3)[..., None] * dice.uniform(10, 40)
    haze = np.asarray(picture.filter(ImageFilter.GaussianBlur(25)), np.float32)
    mixed = base * 0.85 + haze * 0.15 + dice.normal(0, dice.uniform(0.5, 3), base.shape)
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def _grounds(scenes: np.ndarray) -> dict[str, Callable[[np.random.Generator], Image.Image]]:
    return {
        "panel": backgrounds.panel,
        "compartment": backgrounds.compartment,
        "rough": backgrounds.rough,
        "scene": lambda dice: backgrounds.photographed(dice, scenes),
    }


def _pixels(picture: Image.Image, side: int) -> np.ndarray:
    return np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0), np.uint8)


def figures(classifier: WasteClassifier, made: list[MadePicture]) -> dict[str, object]:
    """Figures of made pictures, by ground: kinds of those with an item, refusals of those without."""
    seen: dict[tuple[str, bool], list[tuple[str | None, str, bool, bool, float]]] = {}
    for one in made:
        scores = classifier.score(one.pixels)
        said = classifier.decide(scores, lens.look(one.pixels))
        refused = said.unsure and said.reason != "low_confidence"
        row = (one.kind, said.kind, said.unsure, refused, emptiness(scores.logits, classifier.labels))
        seen.setdefault((one.ground, one.kind is not None), []).append(row)
    result: dict[str, object] = {}
    shown = [row for (_, has_item), rows in seen.items() if has_item for row in rows]
    groups = {"items": shown} | {
        f"items on {name}": rows for (name, has_item), rows in seen.items() if has_item
    }
    for name, rows in groups.items():
        counts = measures.confusion([str(row[0]) for row in rows], [row[1] for row in rows], KINDS)
        sure = [row for row in rows if not row[2]]
        result[name] = {
            "kind_accuracy": measures.share(sum(row[0] == row[1] for row in rows), len(rows)),
            "balanced_kind_accuracy": round(measures.balanced_accuracy(counts), 4),
            "kind_confusion": counts,
            "sure": measures.share(len(sure), len(rows)),
            "sure_kind_accuracy": measures.share(sum(row[0] == row[1] for row in sure), len(sure)),
            "wrongly_refused": measures.share(sum(row[3] for row in rows), len(rows)),
        }
    present = np.array([row[4] for row in shown])
    for (name, has_item), rows in seen.items():
        if not has_item:
            result[f"no item: {name}"] = {
                "refused": measures.share(sum(row[3] for row in rows), len(rows)),
                "refused_or_unsure": measures.share(sum(row[2] for row in rows), len(rows)),
                "auroc": round(measures.auroc(np.array([row[4] for row in rows]), present), 4),
            }
    return result
