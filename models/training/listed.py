"""What the manifests list for training, and what is to be learned from it: known without opening a photo."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from models.labels import Labels
from models.measuring.manifest import Photo, read_manifests
from models.training.classes import classes_of, labels_of


@dataclass(frozen=True)
class Listed:
    """The photos of ``manifests``, in their order. Every property raises as ``read_manifests`` does."""

    manifests: tuple[Path, ...]

    @cached_property
    def _listed(self) -> list[Photo]:
        return read_manifests(self.manifests)

    @cached_property
    def train(self) -> list[Photo]:
        return [photo for photo in self._listed if photo.split == "train"]

    @cached_property
    def val(self) -> list[Photo]:
        return [photo for photo in self._listed if photo.split == "val"]

    @property
    def other_splits(self) -> Counter[str]:
        """How many photos are of no split that training knows, by what their split is called."""
        return Counter(photo.split for photo in self._listed if photo.split not in ("train", "val"))

    @cached_property
    def labels(self) -> Labels:
        return labels_of(self.train, self.val)

    @property
    def classes(self) -> tuple[str, ...]:
        """What the network tells apart: the items, a closed bag, a hidden view, and no item."""
        return classes_of(self.labels)
