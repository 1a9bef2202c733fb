"""Fine-tunes the network, head and all but its first blocks, from a head that was fitted alone."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from torch.nn import functional
from torch.utils.data import DataLoader

from models.training.files import save_weights
from models.training.network import WasteNetwork
from models.training.recipe import Run
from models.training.samples import Material, Samples


class Fit:
    """A run that can be taken up again: weights, their running average, and the epochs done."""

    def __init__(self, network: WasteNetwork, material: Material, run: Run, checkpoint: Path) -> None:
        self.network = network.to(memory_format=torch.channels_last)
        self.network.rounded = run.rounded
        self.average = copy.deepcopy(network)
        self.material, self.run, self.done = material, run, 0
        self._checkpoint = checkpoint
        self._optimiser = _optimiser(network, run)
        if checkpoint.exists():
            stored = torch.load(checkpoint, weights_only=True)
            self.network.load_state_dict(stored["network"])
            self.average.load_state_dict(stored["average"])
            self._optimiser.load_state_dict(stored["optimiser"])
            self.done = stored["done"]
            self.run = replace(run, epochs=stored["epochs"], cooling=stored["cooling"])

    def save(self) -> None:
        save_weights(
            self._checkpoint,
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "done": self.done,
                "epochs": self.run.epochs,
                "cooling": self.run.cooling,
            },
        )

    def epoch(self) -> tuple[float, float, float]:
        """One more epoch: the means of loss, distance from the teacher, and share that was right."""
        run, network, average = self.run, self.network, self.average
        side, first = run.side_at(self.done), self.done * run.epoch
        samples = Samples(self.material, side, run.seed, first, run.epoch, run.least)
        loader = DataLoader(samples, run.batch, num_workers=2, prefetch_factor=4)
        torch.manual_seed(run.seed + self.done)  # dropout's dice, also in a run taken up again
        network.train()
        sums = [0.0, 0.0, 0.0]
        for batch, (pixels, aims, known) in enumerate(loader):
            share = run.share_at(self.done + batch * run.batch / run.epoch)
            for group in self._optimiser.param_groups:
                group["lr"] = group["peak"] * share
            logits, pooled = network(pixels)
            loss = functional.cross_entropy(logits, aims, label_smoothing=run.smoothing)
            far = _distance(network, pooled, known)
            self._optimiser.zero_grad(set_to_none=True)
            (loss + run.distilling * far).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            self._optimiser.step()
            steps = self.done * run.epoch / run.batch + batch
            keep = min(run.averaging, (steps + 1) / (steps + 10))
            with torch.no_grad():
                for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
                    if fast.requires_grad:
                        slow.lerp_(fast, 1 - keep)
            right = float((logits.detach().argmax(1) == aims.argmax(1)).float().mean())
            for index, value in enumerate((float(loss.detach()), float(far.detach()), right)):
                sums[index] += value
        self.done += 1
        batches = math.ceil(run.epoch / run.batch)
        return sums[0] / batches, sums[1] / batches, sums[2] / batches


def fit_all(
    network: WasteNetwork,
    material: Material,
    runs: tuple[Run, ...],
    folder: Path,
    console: Console,
    by: tuple[float, ...] | None = None,
) -> tuple[WasteNetwork, list[Run]]:
    """Each of ``runs`` on from the one before, as ``fit`` does it; ``by`` says when each must be done.

    Their checkpoints are ``fit-1.pt``, ``fit-2.pt`` … in ``folder``.
    """
    begun, were = copy.deepcopy(network), []
    for number, run in enumerate(runs):
        draw_back(network, begun, run.drawn_back)
        checkpoint, until = folder / f"fit-{number + 1}.pt", by[number] if by else None
        network, was = fit(network, material, run, checkpoint, console, until)
        were.append(was)
    return network, were


@torch.no_grad()
def draw_back(network: WasteNetwork, begun: WasteNetwork, share: float) -> None:
    """Moves the weights of ``network`` by ``share`` of the way to those of ``begun``, in place.

    What finds the teacher's embedding is not part of what is shipped, began at random, and stays.
    """
    for part, first in ((network.backbone, begun.backbone), (network.head, begun.head)):
        for weight, aim in zip(part.parameters(), first.parameters(), strict=True):
            weight.lerp_(aim, share)


def fit(
    network: WasteNetwork,
    material: Material,
    run: Run,
    checkpoint: Path,
    console: Console,
    until: float | None = None,
) -> tuple[WasteNetwork, Run]:
    """Returns the running average of the weights, and the run as it was; a checkpoint every epoch.

    Called again, it goes on after the last epoch written. ``until`` (as ``time.monotonic``) is when
    it must be done: where that is too early for all epochs, there are fewer, as many as will fit.
    """
    state = Fit(network, material, run, checkpoint)
    while state.done < state.run.epochs:
        started, cost = time.monotonic(), state.run.cost_at(state.done)
        loss, far, right = state.epoch()
        took = time.monotonic() - started
        if until is not None and not state.run.cools(state.done):
            state.run = run.within(state.done, until - time.monotonic(), took / cost)
        state.save()
        left = sum(map(state.run.cost_at, range(state.done, state.run.epochs))) * took / cost / 60
        console.print(
            f"  epoch {state.done} of {state.run.epochs}: loss {loss:.3f}, teacher {far:.3f}, "
            f"right {right:.3f}, {run.epoch / took:.0f} pictures/s, {left:.0f} min left"
        )
    return state.average, state.run


def _distance(network: WasteNetwork, pooled: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """How far, 0 to 2, the taught pictures' features point from their photos' embeddings."""
    taught = known.abs().sum(1) > 0
    if not taught.any():
        return torch.zeros(())
    said = network.teacher_head(pooled[taught])
    return (1 - functional.cosine_similarity(said, known[taught])).mean()


def _optimiser(network: WasteNetwork, run: Run) -> torch.optim.Optimizer:
    heads = [*network.head.parameters(), *network.teacher_head.parameters()]
    known = set(map(id, heads))
    rest = [part for part in network.parameters() if part.requires_grad and id(part) not in known]
    return torch.optim.AdamW(
        [{"params": rest, "peak": run.rate}, {"params": heads, "peak": run.head_rate}],
        lr=run.rate,
        weight_decay=run.decay,
    )
