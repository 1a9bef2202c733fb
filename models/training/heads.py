"""Linear heads over frozen features: where a fit begins."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from models.training.network import FEATURES, WasteNetwork

BATCH = 512


def outputs_of(network: WasteNetwork, squares: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, classes) and features (N, 1280) of squares, uint8 (N, S, S, 3), shown at ``side`` pixels."""
    network = network.eval().to(memory_format=torch.channels_last)
    network.quick = True
    logits = np.zeros((len(squares), network.head.out_features), np.float32)
    features = np.zeros((len(squares), FEATURES), np.float32)
    with torch.inference_mode():
        for start in range(0, len(squares), 32):
            small = [
                np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BILINEAR))
                for one in squares[start : start + 32]
            ]
            parts = network(torch.from_numpy(np.stack(small)))
            logits[start : start + 32], features[start : start + 32] = (part.numpy() for part in parts)
    network.quick = False
    return logits, features


def fit_head(
    features: np.ndarray, classes: np.ndarray, weights: np.ndarray, count: int, steps: int, seed: int
) -> torch.nn.Linear:
    """A linear classifier on features (N, F) with classes (N,), its rows drawn by ``weights`` (N,)."""
    torch.manual_seed(seed)
    dice = torch.Generator().manual_seed(seed)
    inputs, targets = torch.from_numpy(features), torch.from_numpy(classes)
    odds = torch.from_numpy(weights / weights.sum())
    head = torch.nn.Linear(features.shape[1], count)
    optimiser = torch.optim.AdamW(head.parameters(), 1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = torch.multinomial(odds, BATCH, replacement=True, generator=dice)
        logits = head(functional.dropout(inputs[rows], 0.2))
        loss = functional.cross_entropy(logits, targets[rows], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return head.requires_grad_(requires_grad=False)
