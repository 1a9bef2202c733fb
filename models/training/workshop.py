"""Where training keeps what it makes: squares, cut-outs, embeddings, checkpoints. Never in the repository."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console

from models.labels import NO_ITEM
from models.measuring.manifest import Photo, read_jpegs, read_manifests
from models.preparation import SQUARE, prepare
from models.training import background_test, cutouts, teacher, teaching, u2net, wheels, whiteground
from models.training.backgrounds import Stock
from models.training.classes import BAG
from models.training.cutouts import CutOut, cutout_path, read_cutouts
from models.training.files import save_array, save_text
from models.training.listed import Listed
from models.training.pace import Pace
from models.training.photos import decoded
from models.training.plains import plain_parts
from models.training.recipe import FULL, Amounts
from models.training.samples import Material
from models.training.shares import PASTED, REAL, even_weights, photo_weights

SEED = 5
RANGES = 12
"""So many photos say how large U2-Net's activations get."""
BAG_WEIGHT = 4
DRAWN_MANIFEST = "manifest-drawn.csv"


@dataclass(frozen=True)
class Workshop(Listed):
    """``data`` holds the manifests' tars; ``folder`` is filled step by step, each step once."""

    data: Path
    folder: Path
    threads: int
    console: Console
    amounts: Amounts = FULL
    _cutouts: dict[str, list[CutOut]] = field(default_factory=dict, repr=False, compare=False)

    def photos(self, split: str) -> list[Photo]:
        return self.train if split == "train" else self.val

    def squares(self, split: str) -> np.ndarray:
        """Prepared squares of a split, uint8 (N, 256, 256, 3), in the manifests' order."""
        return decoded(self.photos(split), self.data, self.folder / f"{split}.npy")

    def stock(self, split: str) -> Stock:
        """The photographed grounds of a split: scenes without an item, and plain parts of photos."""
        photos, squares = self.photos(split), self.squares(split)
        cache = self.folder / f"plains-{split}.npy"
        if not cache.exists():
            save_array(cache, plain_parts(photos, squares, SEED))
        scenes = squares[np.array([photo.item == NO_ITEM for photo in photos])]
        return Stock(np.asarray(scenes), np.load(cache))

    def prepare(self) -> None:
        """Decodes every photo, looks for plain grounds, and has the simulator draw its pictures."""
        for split in ("train", "val"):
            self.stock(split)
        done = self.drawings / "done"
        if not done.exists():
            command = [sys.executable, "-m", "simulators.pictures", "--out", str(self.drawings.resolve()),
                       "--each", str(self.amounts.drawn)]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[2])
            done.touch()

    def cut_out(self) -> None:
        """Items of every kind cut out of their photos: by flooding white grounds, the others with U2-Net."""
        folder = self.folder / "cutouts"
        for split, each_kind in (("train", self.amounts.cut_train), ("val", self.amounts.cut_val)):
            photos, squares = self.photos(split), self.squares(split)
            done = folder / f"white-{split}.txt"
            if not done.exists():
                found = whiteground.cut_all(photos, squares)
                folder.mkdir(parents=True, exist_ok=True)
                for cut in found:
                    cut.picture.save(cutout_path(folder, cut.file))
                save_text(done, "".join(f"{cut.file}\n" for cut in found))
            white = set(done.read_text(encoding="utf-8").splitlines())
            rest = [photo for photo in photos if photo.file not in white]
            chosen = cutouts.chosen(rest, each_kind, SEED)
            if chosen:
                pace = Pace(self.console, f"cutting out ({split})", len(chosen))
                cutouts.cut_all(chosen, self.data, self._cutter().cut, folder, pace.step)
            self.console.print(
                f"  {split}: {len(self.cutouts(split))} items cut out, {len(white)} from white"
            )

    def _cutter(self) -> u2net.ItemCutter:
        network = self.folder / "u2net.int8.onnx"
        if not network.exists():
            squares = self.squares("train")
            rows = np.linspace(0, len(squares) - 1, RANGES).astype(int)
            u2net.to_int8(wheels.fetched("u2net.onnx", self.folder), network, np.asarray(squares[rows]))
        return u2net.ItemCutter(network, self.threads)

    def cutouts(self, split: str) -> list[CutOut]:
        if split not in self._cutouts:
            self._cutouts[split] = read_cutouts(self.folder / "cutouts", self.photos(split))
        return self._cutouts[split]

    def made(self) -> Path:
        """The folder with the background test, made on the first call."""
        folder = self.folder / "made"
        if not (folder / background_test.MANIFEST).exists():
            kinds = dict(zip(self.labels.items, self.labels.kinds, strict=True))
            background_test.write(folder, self.cutouts("val"), kinds, self.stock("val"), self.amounts.bare)
        return folder

    def teach(self) -> None:
        """Teacher embeddings of the photos that training will show most often."""
        kinds = {photo.item: photo.kind for photo in self.train}
        use = REAL * photo_weights(self.train)
        cuts = self.cutouts("train")
        rows = {photo.file: row for row, photo in enumerate(self.train)}
        shares = even_weights(np.ones(len(cuts)), [(kinds[cut.item], cut.item) for cut in cuts])
        for cut, share in zip(cuts, shares, strict=True):
            use[rows[cut.file]] += PASTED * share
        order = np.argsort(-use, kind="stable")[: min(self.amounts.taught, int((use > 0).sum()))]
        if len(order):
            network = wheels.fetched("clip_encoder.int8.onnx", self.folder)
            pace = Pace(self.console, "asking the teacher", len(order))
            teacher.embed_all(
                teacher.Teacher(network), self.squares("train"), order, self.folder / "teacher.npy", pace
            )

    @property
    def drawings(self) -> Path:
        """The folder with the simulator's pictures and DRAWN_MANIFEST."""
        return self.folder / "drawn"

    @cached_property
    def drawn(self) -> list[tuple[str, np.ndarray]]:
        """The simulator's training pictures, class and square; no figure holds them and photos both."""
        folder, known = self.drawings, self.classes
        return [
            (photo.item if photo.item in known else NO_ITEM, prepare(jpeg, SQUARE).pixels)
            for photo, jpeg in read_jpegs(read_manifests([folder / DRAWN_MANIFEST], "train"), folder)
            if photo.item in known or photo.kind == NO_ITEM
            for _ in range(BAG_WEIGHT if photo.item == BAG else 1)
        ]

    @cached_property
    def embeddings(self) -> np.ndarray:
        """The teacher's, centred, float32 (N, 512); rows it was not asked about are zero."""
        cache = self.folder / "teacher.npy"
        empty = np.zeros((len(self.train), teacher.WIDTH), np.float32)
        return teaching.centred(np.load(cache)) if cache.exists() else empty

    def material(self, left_out: frozenset[str] = frozenset()) -> Material:
        """Everything a fit is fed from, but for the sources ``left_out``."""
        photos, classes = self.train, self.classes
        source = {photo.file: photo.source for photo in photos}
        opinions = teaching.opinions(
            self.embeddings,
            np.array([classes.index(photo.item) for photo in photos]),
            [photo.group for photo in photos],
            photo_weights(photos, left_out),
            len(classes),
            self.amounts.head_steps,
            SEED,
        )
        return Material(
            photos,
            self.squares("train"),
            [cut for cut in self.cutouts("train") if source[cut.file] not in left_out],
            self.embeddings,
            opinions,
            classes,
            self.drawn,
            self.stock("train"),
            left_out,
        )
