"""How far a photo's features lie from those of the training items.

Relative Mahalanobis distance (Ren et al. 2021, arXiv:2106.09022) in the space of the features'
leading principal directions: the distance to the nearest item minus the distance to all items,
so that what merely varies in every photo does not count as strange.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Familiarity:
    """``directions`` (F, D) project features onto D whitened axes with ``offset`` (D,).

    ``centres`` (C, D) are the items' means there; ``overall`` (D,) scales each axis' spread over
    all items against its spread within one.
    """

    directions: Array
    offset: Array
    centres: Array
    overall: Array

    def __post_init__(self) -> None:
        axes = self.offset.shape
        whole = self.directions.shape[1:] == self.centres.shape[1:] == self.overall.shape == axes
        if not whole or len(axes) != 1 or not axes[0] or not len(self.centres):
            raise ValueError("directions, offset, centres and overall are not of the same axes")
        if not all(np.isfinite(part).all() for part in (self.directions, self.offset, self.centres)):
            raise ValueError("a direction, the offset or a centre is not finite")
        if not (np.isfinite(self.overall).all() and (self.overall > 0).all()):
            raise ValueError("overall is not finite and positive")

    @classmethod
    def read(cls, path: Path) -> Familiarity:
        """Reads ``familiarity.npz``. Raises nearly anything, as ``Decision.read`` does."""
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return cls(stored["directions"], stored["offset"], stored["centres"], stored["overall"])

    def write(self, path: Path) -> None:
        np.savez_compressed(
            path, directions=self.directions, offset=self.offset, centres=self.centres, overall=self.overall
        )

    @classmethod
    def fit(cls, features: Array, classes: npt.NDArray[np.int64], dimensions: int = 64) -> Familiarity:
        """Fits on features (N, F) with their classes (N,), each class weighing the same.

        A class of one photo says nothing of how an item varies, and is left out.
        """
        known, counts = np.unique(classes, return_counts=True)
        names = known[counts > 1]
        means = np.stack([features[classes == name].mean(0) for name in names]).astype(np.float64)
        within = np.mean([np.cov(features[classes == name].T.astype(np.float64)) for name in names], axis=0)
        within += np.eye(len(within)) * np.trace(within) / len(within) * 0.05
        total = within + np.cov(means.T)
        # The axes in which items differ most, measured against how much one item varies (Fisher).
        root = np.linalg.inv(np.linalg.cholesky(within))
        spread, axes = np.linalg.eigh(root @ total @ root.T)
        leading = np.argsort(spread)[::-1][:dimensions]
        directions = (axes[:, leading].T @ root).T
        offset = -(means.mean(0) @ directions)
        return cls(
            directions.astype(np.float32),
            offset.astype(np.float32),
            (means @ directions + offset).astype(np.float32),
            spread[leading].astype(np.float32),
        )

    def distance(self, features: Floats) -> float:
        """Of one photo's features (F,): squared distance per axis, larger is stranger; may be negative."""
        place = features @ self.directions + self.offset
        nearest = float(((place - self.centres) ** 2).sum(1).min())
        return (nearest - float((place**2 / self.overall).sum())) / len(self.offset)
