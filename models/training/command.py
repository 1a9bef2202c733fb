"""Makes the shipped classifier from the photos, in steps that can each be run alone and taken up again.

python -m models.training all --manifest M.csv [--manifest MORE.csv] --photos DIR --work DIR
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from models.classifier import ARTIFACTS
from models.errors import UnreadablePhotoError
from models.measuring.manifest import look_for
from models.training import card, plan, ship
from models.training.claim import claimed
from models.training.files import save_weights
from models.training.fit import fit_all
from models.training.loso import leave_out
from models.training.network import WasteNetwork
from models.training.probing import begin
from models.training.recipe import FULL, TINY
from models.training.timesheet import Timesheet
from models.training.workshop import Workshop

KEPT = ("cut", "teach")
"""Not counted in ``--minutes``: what they make is of the photos alone, and none of the recipe's."""
STEPS = ("prepare", "cut", "teach", "loso", "fit", "ship", "measure", "card", "land")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("all", *STEPS))
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument("--photos", type=Path, required=True, help="folder with the tars the manifests name")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and checkpoints")
    parser.add_argument(
        "--target",
        type=Path,
        default=ARTIFACTS,
        help="folder the artifacts land in; the card lands beside it",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--minutes",
        type=float,
        default=150.0,
        help="by when all but cut and teach is done: fits are shortened for it (%(default)s)",
    )
    parser.add_argument("--dry", action="store_true", help="only say how long each step would take")
    parser.add_argument("--tiny", action="store_true", help="a hundredth of everything: does the chain hold?")
    return parser


def main(argv: list[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    console = Console(width=None if Console().is_terminal else 150)
    amounts = TINY if options.tiny else FULL
    shop = Workshop(tuple(options.manifest), options.photos, options.work, options.threads, console, amounts)
    with ExitStack() as held:
        try:
            named = zip(shop.labels.kinds, shop.labels.items, strict=True)
            planned = plan.steps(shop.train, shop.val, amounts)
            look_for(shop.train + shop.val, options.photos)
            for split, count in shop.other_splits.items():
                left_out = f"{count} photos are left out: their split is {split!r}, not 'train' or 'val'"
                console.print(left_out, markup=False)
            console.print(f"to be told apart: {', '.join(' '.join(pair) for pair in sorted(named))}")
            console.print(plan.table(planned, options.threads))
            if options.dry:
                return
            photos = len(shop.train + shop.val)
            held.enter_context(claimed(options.work, shop.manifests, amounts, photos))
        except (OSError, ValueError) as error:
            raise SystemExit(f"models.training: {error}") from None
        torch.set_num_threads(options.threads)
        try:
            run(STEPS if options.step == "all" else (options.step,), planned, shop, options)
        except UnreadablePhotoError as error:
            raise SystemExit(f"models.training: {error}") from None


def run(names: Sequence[str], planned: list[plan.Step], shop: Workshop, options: argparse.Namespace) -> None:
    """The steps of these names, which share ``options.minutes``."""
    sheet, until = Timesheet(options.work), time.monotonic() + options.minutes * 60
    for step in names:
        rest = [one for one in planned[STEPS.index(step) + 1 :] if one.name not in KEPT]
        later = sum(one.minutes(options.threads) for one in rest)
        shop.console.print(f"{step} begins, {(until - time.monotonic()) / 60:.0f} minutes are left")
        started = time.monotonic()
        with sheet.noted(step):
            steps(shop, options.target, until - later * 60)[step]()
        took = time.monotonic() - started
        if step in KEPT:
            until += took
        shop.console.print(f"{step}: {took / 60:.1f} minutes; the rest needs about {later:.0f}")


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
        runs = shop.amounts.fits
        each = [plan.fitting(run).minutes(shop.threads) * 60 for run in runs]
        by = tuple(until - sum(each[number:]) for number in range(1, len(runs) + 1))
        network, were = fit_all(begin(shop), shop.material(), runs, shop.folder, shop.console, by)
        how.write_text(json.dumps([asdict(was) for was in were]) + "\n")
        save_weights(weights, network.state_dict())
    network = WasteNetwork(len(shop.classes))
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network, json.loads(how.read_text())
