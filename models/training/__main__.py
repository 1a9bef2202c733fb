"""Makes the shipped classifier from the photos, in steps that can each be run alone.

python -m models.training all --manifest M.csv [--manifest MORE.csv] --photos DIR --work DIR
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from rich.console import Console

from models import evaluate
from models.classifier import ARTIFACTS
from models.training import background_test
from models.training.fit import fit
from models.training.loso import leave_out
from models.training.network import WasteNetwork, save
from models.training.probing import begin
from models.training.recipe import FIRST, SECOND
from models.training.ship import ship
from models.training.workshop import Workshop

STEPS = ("prepare", "cut", "teach", "first", "second", "loso", "ship", "measure")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("all", *STEPS))
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument("--photos", type=Path, required=True, help="folder with the tars the manifests name")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and checkpoints")
    parser.add_argument("--drawn", type=Path, help="folder that simulators.pictures wrote (optional)")
    parser.add_argument("--target", type=Path, default=ARTIFACTS, help="where the artifacts are written")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def main() -> None:
    options = arguments().parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    console = Console()
    shop = Workshop(
        tuple(options.manifest), options.photos, options.work, options.threads, console, options.drawn
    )
    for step in STEPS if options.step == "all" else (options.step,):
        started = time.monotonic()
        run(step, shop, options.target)
        console.print(f"{step}: {(time.monotonic() - started) / 60:.1f} minutes")


def load(shop: Workshop, path: Path) -> WasteNetwork:
    network = WasteNetwork(len(shop.classes))
    network.load_state_dict(torch.load(path, weights_only=True))
    return network


def run(step: str, shop: Workshop, target: Path) -> None:
    """One of STEPS; each leaves in the workshop or the target what the next one needs."""
    first, fitted = shop.folder / "first.pt", shop.folder / "fitted.pt"
    if step == "prepare":
        shop.squares("train")
        shop.squares("val")
    elif step == "cut":
        shop.cut_out()
    elif step == "teach":
        shop.teach()
    elif step == "first":
        if not first.exists():
            save(fit(begin(shop), shop.material(), FIRST, first.with_suffix(".fit"), shop.console), first)
    elif step == "second":
        network = load(shop, first)
        save(fit(network, shop.material(), SECOND, fitted.with_suffix(".fit"), shop.console), fitted)
    elif step == "ship":
        ship(shop, load(shop, fitted), target)
    elif step == "loso":
        leave_out(shop)
    elif step == "measure":
        manifests = [part for path in shop.manifests for part in ("--manifest", str(path))]
        evaluate.main([*manifests, "--split", "val", "--photos", str(shop.data),
                       "--model", str(target), "--json", str(target / "metrics.json")])  # fmt: skip
        made = shop.made()
        evaluate.main(["--manifest", str(made / background_test.MANIFEST), "--photos", str(made),
                       "--model", str(target), "--json", str(target / "made.json")])  # fmt: skip


if __name__ == "__main__":
    main()
