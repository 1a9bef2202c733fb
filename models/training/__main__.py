"""Makes the shipped classifier from the photos, in steps that can each be run alone.

python -m models.training all --manifest M.csv [--manifest MORE.csv] --photos DIR --work DIR
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from rich.console import Console

from models import evaluate
from models.classifier import ARTIFACTS
from models.training.fit import Recipe, fit
from models.training.heads import fit_head
from models.training.loso import leave_sources_out
from models.training.network import WasteNetwork
from models.training.probing import probe
from models.training.ship import ship
from models.training.workshop import Workshop

STEPS = ("prepare", "cut", "teach", "fit", "ship", "loso", "measure")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("all", *STEPS))
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument("--photos", type=Path, required=True, help="folder with the tars the manifests name")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and checkpoints")
    parser.add_argument("--drawn", type=Path, help="folder that simulators.pictures wrote (optional)")
    parser.add_argument("--target", type=Path, default=ARTIFACTS, help="where the artifacts are written")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    return parser


def begin(shop: Workshop) -> WasteNetwork:
    """ImageNet's backbone with a head already fitted to it: a random head would first spoil the
    features that hold on unseen sources (Kumar et al. 2022, arXiv:2202.10054).
    """
    network = WasteNetwork(len(shop.classes))
    cache = shop.folder / "head.pt"
    if not cache.exists():
        known = probe(shop)
        head = fit_head(known.features, known.classes, known.weights, len(shop.classes), Recipe.seed)
        torch.save(head.state_dict(), cache)
    network.head.load_state_dict(torch.load(cache, weights_only=True))
    return network


def main() -> None:
    options = arguments().parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(Recipe.seed)
    console = Console()
    shop = Workshop(
        tuple(options.manifest), options.photos, options.work, options.threads, console, options.drawn
    )
    for step in STEPS if options.step == "all" else (options.step,):
        started = time.monotonic()
        run(step, shop, options.target, Recipe(epochs=options.epochs))
        console.print(f"{step}: {(time.monotonic() - started) / 60:.1f} minutes")


def run(step: str, shop: Workshop, target: Path, recipe: Recipe) -> None:
    """One of STEPS; each leaves in the workshop or the target what the next one needs."""
    fitted = shop.folder / "fitted.pt"
    if step == "prepare":
        shop.squares("train")
        shop.squares("val")
    elif step == "cut":
        shop.cut_out()
    elif step == "teach":
        shop.teach()
    elif step == "fit":
        network = fit(begin(shop), shop.material(), recipe, shop.folder, shop.console)
        torch.save(network.state_dict(), fitted)
    elif step == "ship":
        network = WasteNetwork(len(shop.classes))
        network.load_state_dict(torch.load(fitted, weights_only=True))
        ship(shop, network, target)
    elif step == "loso":
        result = json.dumps(leave_sources_out(shop), indent=1)
        (target / "loso.json").write_text(result + "\n", encoding="utf-8")
    elif step == "measure":
        manifests = [part for path in shop.manifests for part in ("--manifest", str(path))]
        evaluate.main([*manifests, "--split", "val", "--photos", str(shop.data),
                       "--model", str(target), "--json", str(target / "metrics.json")])  # fmt: skip


if __name__ == "__main__":
    main()
