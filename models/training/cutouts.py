"""Items cut out of their photos with U2-Net, to be pasted on other backgrounds.

U2-Net (Qin et al. 2020, doi:10.1016/j.patcog.2020.107404): RGB 320x320 divided by its maximum,
ImageNet mean and deviation; the first output, min-max normalised, is the mask.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from models.labels import NO_ITEM
from models.measuring.manifest import Photo, read_jpegs

SIDE = 320
SMALLEST, LARGEST = 0.10, 0.85
"""Share of the photo a mask may cover; outside it the network took the scene, or nothing."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
PER_KIND = {"train": 207, "val": 25}
COMPOSITE_SOURCES = (
    "KabirAhmad4/Intelligent-Cigarette-Butt-Detection-and-Localization-Using-YOLOv8-Segmentation",
)
"""Their pictures are cut and pasted already: no further cutting, and never in a figure of real photos."""


def chosen(photos: list[Photo], per_kind: int, seed: int) -> list[Photo]:
    """Up to ``per_kind`` photos of each kind, its items taken in turn, three of a duplicate group at most.

    The order interleaves kinds and items, so that an interrupted run is still balanced.
    """
    order = random.Random(seed)
    shelves: dict[str, dict[str, list[Photo]]] = {}
    for photo in order.sample(photos, len(photos)):
        if photo.item != NO_ITEM and photo.source not in COMPOSITE_SOURCES:
            shelves.setdefault(photo.kind, {}).setdefault(photo.item, []).append(photo)
    queues = {}
    for kind, items in sorted(shelves.items()):
        queue: list[Photo] = []
        groups: dict[str, int] = {}
        while len(queue) < per_kind and any(items.values()):
            for _, shelf in sorted(items.items()):
                while shelf:
                    photo = shelf.pop()
                    if groups.get(photo.group, 0) < 3:
                        groups[photo.group] = groups.get(photo.group, 0) + 1
                        queue.append(photo)
                        break
        queues[kind] = queue[:per_kind]
    rounds = range(max(map(len, queues.values())))
    return [queue[turn] for turn in rounds for queue in queues.values() if turn < len(queue)]


class ItemCutter:
    """U2-Net over onnxruntime."""

    def __init__(self, network: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(network), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def mask(self, photo: Image.Image) -> np.ndarray:
        """How much each pixel belongs to the item: float32 (height, width), 0 to 1."""
        small = np.asarray(photo.resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
        planes = ((small / max(float(small.max()), 1.0) - MEAN) / DEVIATION).transpose(2, 0, 1)
        raw = self._session.run([self._output], {self._input: planes[None]})[0][0, 0]
        unit = (raw - raw.min()) / max(float(raw.max() - raw.min()), 1e-6)
        full = Image.fromarray((unit * 255).astype(np.uint8)).resize(photo.size)
        return np.asarray(full, np.float32) / 255.0

    def cut(self, jpeg: bytes) -> Image.Image | None:
        """The item as RGBA, cropped to its mask; None where the mask is not believable."""
        photo = Image.open(io.BytesIO(jpeg)).convert("RGB")
        mask = self.mask(photo)
        share = float((mask > 0.5).mean())
        if not SMALLEST <= share <= LARGEST or float(mask[mask > 0.5].mean()) < 0.85:
            return None
        alpha = Image.fromarray((np.clip((mask - 0.35) / 0.5, 0, 1) * 255).astype(np.uint8))
        photo.putalpha(alpha)
        box = alpha.point(lambda value: 255 if value > 40 else 0).getbbox()
        return photo.crop(box)


def cut_all(photos: list[Photo], folder: Path, network: Path, target: Path, threads: int) -> None:
    """Writes ``target``/SPLIT/FINE/SHA16.png for every believable mask; goes on where it stopped."""
    done = target / "done.txt"
    target.mkdir(parents=True, exist_ok=True)
    seen = set(done.read_text().split()) if done.exists() else set()
    rest = [photo for photo in photos if photo.file not in seen]
    jpegs = {photo.file: jpeg for photo, jpeg in read_jpegs(rest, folder)}
    cutter = ItemCutter(network, threads)
    with done.open("a") as log:
        for photo in rest:
            item = cutter.cut(jpegs[photo.file])
            if item is not None:
                path = (target / photo.file).with_suffix(".png")
                path.parent.mkdir(parents=True, exist_ok=True)
                item.save(path)
            log.write(photo.file + "\n")
            log.flush()
