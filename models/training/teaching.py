"""What the teacher's embeddings say to the network: where each photo lies, and what may be on it."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch.nn import functional

from models.training.heads import fit_head

FOLDS = 4


def centred(embeddings: np.ndarray) -> np.ndarray:
    """Unit embeddings (N, 512) less what all photos share; rows of zeros (not taught) stay zero.

    CLIP's embeddings of any two photos are alike by far; without their mean, a network that says
    the same of every photo gains nothing.
    """
    taught = np.abs(embeddings).sum(1) > 0
    if not taught.any():
        return embeddings
    moved = embeddings - embeddings[taught].mean(0)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return np.where(taught[:, None], moved, 0).astype(np.float32)


def opinions(
    embeddings: np.ndarray,
    classes: np.ndarray,
    groups: list[str],
    weights: np.ndarray,
    count: int,
    steps: int,
    seed: int,
) -> np.ndarray:
    """Probabilities (N, ``count``) of each class, from heads on the teacher's centred embeddings.

    Each photo is judged by a head that saw nothing of its near-duplicate group, so that a wrong
    label does not confirm itself. Photos without an embedding or a weight get zeros.
    """
    found = np.zeros((len(embeddings), count), np.float32)
    known = (np.abs(embeddings).sum(1) > 0) & (weights > 0)
    fold = np.array([zlib.crc32(f"{seed}/{group}".encode()) % FOLDS for group in groups])
    spread = embeddings * np.float32(embeddings.shape[1] ** 0.5)
    for number in range(FOLDS):
        asked, shown = known & (fold == number), known & (fold != number)
        if asked.any() and shown.any():
            head = fit_head(spread[shown], classes[shown], weights[shown], count, steps, seed)
            said = functional.softmax(head(torch.from_numpy(spread[asked])), dim=1)
            found[asked] = said.numpy()
    return found
