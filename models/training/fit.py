"""Fine-tunes the network: first its head alone, then all but the first blocks."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from torch.nn import functional
from torch.utils.data import DataLoader

from models.training.network import WasteNetwork
from models.training.samples import Material, Samples


@dataclass(frozen=True)
class Recipe:
    """How long and how hard. ``side`` in pixels; ``epoch`` in samples; ``rate`` of the backbone.

    Training at a smaller side than the bin's 224 is faster and no worse: a random part of a
    photo shows its item larger than the whole photo does (Touvron et al. 2019, arXiv:1906.06423).
    """

    side: int = 160
    epochs: int = 22
    epoch: int = 1600
    batch: int = 32
    rate: float = 4e-4
    head_rate: float = 1.5e-3
    decay: float = 0.02
    smoothing: float = 0.05
    distilling: float = 1.0
    averaging: float = 0.99
    seed: int = 20


def fit(
    network: WasteNetwork, material: Material, recipe: Recipe, folder: Path, console: Console
) -> WasteNetwork:
    """Returns the running average of the weights; ``folder``/fit.pt is written every epoch.

    Called again, it goes on after the last epoch written there.
    """
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    optimiser = _optimiser(network, recipe)
    checkpoint, begun = folder / "fit.pt", 0
    if checkpoint.exists():
        stored = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(stored["network"])
        average.load_state_dict(stored["average"])
        optimiser.load_state_dict(stored["optimiser"])
        begun = stored["epochs"]
    for epoch in range(begun, recipe.epochs):
        started = time.monotonic()
        losses = _epoch(network, average, material, recipe, optimiser, epoch)
        partial = checkpoint.with_suffix(".partial")
        torch.save(
            {
                "network": network.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "epochs": epoch + 1,
            },
            partial,
        )
        partial.rename(checkpoint)
        speed = recipe.epoch / (time.monotonic() - started)
        console.print(f"epoch {epoch + 1}/{recipe.epochs}  loss {losses[0]:.3f}  teacher {losses[1]:.3f}  "
                      f"right {losses[2]:.3f}  {speed:.0f} pictures/s")  # fmt: skip
    return average


def _optimiser(network: WasteNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    heads = [*network.head.parameters(), *network.teacher_head.parameters()]
    known = set(map(id, heads))
    rest = [part for part in network.parameters() if part.requires_grad and id(part) not in known]
    return torch.optim.AdamW(
        [{"params": rest, "peak": recipe.rate}, {"params": heads, "peak": recipe.head_rate}],
        lr=recipe.rate,
        weight_decay=recipe.decay,
    )


def _epoch(
    network: WasteNetwork,
    average: WasteNetwork,
    material: Material,
    recipe: Recipe,
    optimiser: torch.optim.Optimizer,
    epoch: int,
) -> tuple[float, float, float]:
    samples = Samples(material, recipe.side, recipe.seed, epoch * recipe.epoch, recipe.epoch)
    loader = DataLoader(samples, recipe.batch, num_workers=1, prefetch_factor=6)
    steps = recipe.epochs * recipe.epoch / recipe.batch
    network.train()
    sums = [0.0, 0.0, 0.0]
    for batch, (pixels, classes, known) in enumerate(loader):
        done = epoch * recipe.epoch / recipe.batch + batch
        share = min(1.0, (done + 1) / 40) * 0.5 * (1 + math.cos(math.pi * done / steps))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * max(share, 0.01)
        logits, pooled = network(pixels)
        loss = functional.cross_entropy(logits, classes, label_smoothing=recipe.smoothing)
        taught = known.abs().sum(1) > 0
        far = torch.zeros(())
        if taught.any():
            far = (
                1 - functional.cosine_similarity(network.teacher_head(pooled[taught]), known[taught])
            ).mean()
        optimiser.zero_grad(set_to_none=True)
        (loss + recipe.distilling * far).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        keep = min(recipe.averaging, (done + 1) / (done + 10))
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
                if fast.requires_grad:
                    slow.lerp_(fast, 1 - keep)
        right = float((logits.detach().argmax(1) == classes).float().mean())
        for index, value in enumerate((float(loss.detach()), float(far.detach()), right)):
            sums[index] += value
    batches = math.ceil(recipe.epoch / recipe.batch)
    return sums[0] / batches, sums[1] / batches, sums[2] / batches
