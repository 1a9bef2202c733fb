"""What each step of the command does, and how long the fits may take of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from models.training import card, plan, ship
from models.training.files import save_weights
from models.training.fit import fit_all
from models.training.loso import leave_out
from models.training.network import WasteNetwork
from models.training.plan import STEPS
from models.training.probing import begin
from models.training.timesheet import Timesheet
from models.training.workshop import Workshop

KEPT = ("cut", "teach")
"""Not counted in the minutes: what they make is of the photos alone, and none of the recipe's."""


def run(names: Sequence[str], planned: list[plan.Step], shop: Workshop, target: Path, minutes: float) -> None:
    """The steps of these names, which share ``minutes``."""
    torch.set_num_threads(shop.threads)
    sheet, until = Timesheet(shop.folder), time.monotonic() + minutes * 60
    for step in names:
        rest = [one for one in planned[STEPS.index(step) + 1 :] if one.name not in KEPT]
        later = sum(one.minutes(shop.threads) for one in rest)
        shop.console.print(f"{step} begins, {(until - time.monotonic()) / 60:.0f} minutes are left")
        started = time.monotonic()
        with sheet.noted(step):
            steps(shop, target, until - later * 60)[step]()
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
