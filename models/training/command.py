"""Makes the shipped classifier from the photos, in steps that can each be run alone and taken up again.

python -m models.training all --manifest M.csv [--manifest MORE.csv] --photos DIR --work DIR
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from models.classifier import ARTIFACTS
from models.measuring.manifest import read_manifests
from models.training import card, plan, ship
from models.training.fit import fit
from models.training.loso import leave_out
from models.training.network import WasteNetwork, save
from models.training.probing import begin
from models.training.recipe import FULL, TINY
from models.training.timesheet import Timesheet
from models.training.workshop import Workshop

STEPS = ("prepare", "cut", "teach", "loso", "fit", "ship", "measure", "card", "land")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("all", *STEPS))
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument("--photos", type=Path, required=True, help="folder with the tars the manifests name")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and checkpoints")
    parser.add_argument("--target", type=Path, default=ARTIFACTS, help="where artifacts are shipped to")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=150.0,
                        help="the fit is cut short so that all is done by then (%(default)s)")  # fmt: skip
    parser.add_argument("--dry", action="store_true", help="only say how long each step would take")
    parser.add_argument("--tiny", action="store_true", help="a hundredth of everything: does the chain hold?")
    return parser


def main(argv: list[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    console = Console(width=None if Console().is_terminal else 150)
    amounts = TINY if options.tiny else FULL
    train, val = (read_manifests(options.manifest, split) for split in ("train", "val"))
    planned = plan.steps(train, val, amounts)
    console.print(plan.table(planned, options.threads))
    if options.dry:
        return
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    shop = Workshop(tuple(options.manifest), options.photos, options.work, options.threads, console, amounts)
    sheet, until = Timesheet(options.work), time.monotonic() + options.minutes * 60
    for step in STEPS if options.step == "all" else (options.step,):
        later = sum(one.minutes(options.threads) for one in planned[STEPS.index(step) + 1 :])
        console.print(f"{step} begins, {(until - time.monotonic()) / 60:.0f} minutes are left")
        started = time.monotonic()
        with sheet.noted(step):
            steps(shop, options.target, until - later * 60)[step]()
        console.print(
            f"{step}: {(time.monotonic() - started) / 60:.1f} minutes; the rest needs about {later:.0f}"
        )


def steps(shop: Workshop, target: Path, until: float) -> dict[str, Callable[[], object]]:
    """STEPS, each leaving in the workshop or the target what the next one needs.

    ``until`` is when the fit must be done, as ``time.monotonic``: only that can be made shorter.
    """
    new = shop.folder / "artifacts"
    return {
        "prepare": shop.prepare,
        "cut": shop.cut_out,
        "teach": shop.teach,
        "loso": lambda: leave_out(shop),
        "fit": lambda: fitted(shop, until),
        "ship": lambda: ship.ship(shop, *fitted(shop, until), new),
        "measure": lambda: ship.measure(shop, new),
        "card": lambda: card.fill(new, Timesheet(shop.folder).read()),
        "land": lambda: ship.land(shop, new, target),
    }


def fitted(shop: Workshop, until: float) -> tuple[WasteNetwork, list[dict[str, Any]]]:
    """The fitted network and its runs as they were, fitted on the first call."""
    weights = shop.folder / "fitted.pt"
    how = weights.with_suffix(".json")
    if not weights.exists():
        network, material, runs = begin(shop), shop.material(), []
        later = [plan.fitting(run).minutes(shop.threads) * 60 for run in shop.amounts.fits]
        for number, run in enumerate(shop.amounts.fits, 1):
            checkpoint, by = shop.folder / f"fit-{number}.pt", until - sum(later[number:])
            network, was = fit(network, material, run, checkpoint, shop.console, by)
            runs.append(asdict(was))
        how.write_text(json.dumps(runs) + "\n")
        save(network, weights)
    network = WasteNetwork(len(shop.classes))
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network, json.loads(how.read_text())
