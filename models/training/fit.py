"""Fine-tunes the network, head and all but its first blocks, from a head that was fitted alone."""

from __future__ import annotations

import copy
import math
import time
from pathlib import Path

import torch
from rich.console import Console
from torch.nn import functional
from torch.utils.data import DataLoader

from models.training.network import WasteNetwork
from models.training.recipe import Recipe
from models.training.samples import Material, Samples


def fit(
    network: WasteNetwork, material: Material, recipe: Recipe, checkpoint: Path, console: Console
) -> WasteNetwork:
    """Returns the running average of the weights; ``checkpoint`` is written every epoch.

    Called again, it goes on after the last epoch written there.
    """
    network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    optimiser = _optimiser(network, recipe)
    begun = 0
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
    samples = Samples(material, recipe.side_at(epoch), recipe.seed, epoch * recipe.epoch, recipe.epoch)
    loader = DataLoader(samples, recipe.batch, num_workers=1, prefetch_factor=6)
    torch.manual_seed(recipe.seed + epoch)  # dropout's dice, also in a run taken up again
    network.train()
    sums = [0.0, 0.0, 0.0]
    for batch, (pixels, classes, known) in enumerate(loader):
        done = epoch * recipe.epoch / recipe.batch + batch
        share = recipe.share_at(epoch + batch * recipe.batch / recipe.epoch)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * share
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
