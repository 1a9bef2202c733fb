"""How long a run will take: what each step has to do, times what one of it cost where it was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.table import Table

from models.labels import KINDS, NO_ITEM
from models.measuring.manifest import Photo
from models.training.background_test import SORTS
from models.training.cutouts import chosen
from models.training.recipe import Amounts, Run
from models.training.shares import folds, strangers

STEPS = ("prepare", "cut", "teach", "loso", "fit", "ship", "measure", "card", "land")
CPU_S = {
    "decode": 0.0015,
    "draw": 0.015,
    "flood": 0.004,
    "cut": 0.36,
    "embed": 0.225,
    "features": 0.006,
    "fit at 160": 0.017,
    "score": 0.011,
    "paste": 0.013,
    "evaluate": 0.016,
}
"""Processor seconds of one picture, one thread, on an AMD EPYC with AVX-512 in bfloat16 (README.md)."""
FIXED_S = {"cut": 40.0, "head": 10.0, "opinions": 15.0, "ship": 60.0}
"""Whatever the number of photos: two quantisers, and the heads that are fitted on features."""
AT_ONCE = 0.8
"""Of each core: the teacher in float did 4 photos a second on two cores, and 2.5 on one."""
SAID_OF_KIND = 0.75
"""About so many of the photos given to U2-Net had a believable mask."""


@dataclass(frozen=True)
class Step:
    """``cpu_s`` processor seconds over ``count`` things give ``makes``."""

    name: str
    count: str
    cpu_s: float
    makes: str

    def minutes(self, threads: int) -> float:
        return self.cpu_s / 60 / max(1.0, threads * AT_ONCE)


def steps(train: list[Photo], val: list[Photo], amounts: Amounts) -> list[Step]:
    """What ``python -m models.training all`` would do with these photos, in its order."""
    both = len(train) + len(val)
    items = [photo for photo in train if photo.kind != NO_ITEM]
    cut = {
        split: len(chosen(photos, each, 0)) if each else 0
        for split, photos, each in (("train", train, amounts.cut_train), ("val", val, amounts.cut_val))
    }
    taught = min(amounts.taught, len(items))
    sources = folds(train + val)
    for left_out in sources:
        if not strangers(train, val, left_out, 1, np.random.default_rng(0)):
            raise ValueError(f"each photo of {min(left_out)} is a near duplicate of one of another source")
    asked = min(len(items), amounts.judged * sum(map(len, sources))) + len(val) * len(sources)
    made = int(cut["val"] * SAID_OF_KIND) * 4 + amounts.bare * SORTS
    fits, fold = ([fitting(run) for run in runs] for runs in (amounts.fits, amounts.fold))
    features = (both + amounts.probed) * CPU_S["features"]
    heads = FIXED_S["head"] + FIXED_S["opinions"]
    ship = (len(val) * 3 + made + amounts.familiar) * CPU_S["score"] + made * CPU_S["paste"]
    return [
        Step("prepare", f"{both} photos, {amounts.drawn * 17} drawn",
             both * (CPU_S["decode"] + CPU_S["flood"]) + amounts.drawn * 17 * CPU_S["draw"],
             "every photo as a square, plain grounds, drawn pictures"),
        Step("cut", f"{sum(cut.values())} photos of {len(KINDS)} kinds",
             both * CPU_S["flood"] + sum(cut.values()) * CPU_S["cut"] + FIXED_S["cut"],
             "items without their background"),
        Step("teach", f"{taught} photos", taught * CPU_S["embed"], "the teacher's embeddings"),
        Step("loso", f"{len(sources)} folds of {' and '.join(run.count for run in fold)}",
             features + len(sources) * (heads + sum(run.cpu_s for run in fold)) + asked * CPU_S["features"],
             "answers on sources left out"),
        Step("fit", " and ".join(run.count for run in fits), heads + sum(run.cpu_s for run in fits),
             "the fitted network"),
        Step("ship", f"{len(val)} photos, {made} made", ship + FIXED_S["ship"],
             "int8 network, thresholds, loso.json, training.json"),
        Step("measure", f"{len(val)} photos, {made} made", (len(val) + made) * CPU_S["evaluate"] + 10,
             "metrics.json, made.json, drawn.json"),
        Step("card", "", 1, "MODEL_CARD.md"),
        Step("land", f"{len(val)} photos, twice", 2 * len(val) * CPU_S["evaluate"], "models/artifacts"),
    ]  # fmt: skip


def fitting(run: Run) -> Step:
    """A whole run; what a picture costs goes by its area."""
    own = sum((run.side_at(epoch) / 160) ** 2 for epoch in range(run.epochs)) * run.epoch
    return Step("fit", f"{run.epochs * run.epoch} pictures", own * CPU_S["fit at 160"], "a fitted network")


def table(planned: list[Step], threads: int) -> Table:
    """For people: a line a step and the sum."""
    shown = Table("step", "what", "minutes", "makes", title=f"about so long on {threads} quiet cores")
    for step in planned:
        shown.add_row(step.name, step.count, f"{step.minutes(threads):.1f}", step.makes)
    shown.add_row("all", "", f"{sum(step.minutes(threads) for step in planned):.0f}", "")
    return shown
