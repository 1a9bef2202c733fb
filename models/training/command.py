"""Makes the shipped classifier from the photos, in steps that can each be run alone and taken up again.

python -m models.training all --manifest M.csv [--manifest MORE.csv] --photos DIR --work DIR
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

from rich.console import Console

from models.classifier import ARTIFACTS
from models.errors import UnreadablePhotoError
from models.measuring.manifest import look_for
from models.training import plan
from models.training.claim import claimed
from models.training.listed import Listed
from models.training.recipe import FULL, TINY, Amounts


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("all", *plan.STEPS))
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
    """Looks at what was asked and listed first: that needs no torch, and nothing is made yet."""
    options = arguments().parse_args(argv)
    console = Console(width=None if Console().is_terminal else 150)
    amounts, listed = TINY if options.tiny else FULL, Listed(tuple(options.manifest))
    with ExitStack() as held:
        try:
            planned = _planned(listed, amounts, options, console)
            if options.dry:
                return
            steps, workshop = _of_torch()
            photos = len(listed.train + listed.val)
            held.enter_context(claimed(options.work, listed.manifests, amounts, photos))
        except (OSError, ValueError) as error:
            raise SystemExit(f"models.training: {error}") from None
        shop = workshop.Workshop(
            listed.manifests, options.photos, options.work, options.threads, console, amounts
        )
        names = plan.STEPS if options.step == "all" else (options.step,)
        try:
            steps.run(names, planned, shop, options.target, options.minutes)
        except UnreadablePhotoError as error:
            raise SystemExit(f"models.training: {error}") from None


def _planned(
    listed: Listed, amounts: Amounts, options: argparse.Namespace, console: Console
) -> list[plan.Step]:
    """What would be done, printed too. Raises OSError or ValueError where a manifest or tar will not do."""
    named = sorted(zip(listed.labels.kinds, listed.labels.items, strict=True))
    look_for(listed.train + listed.val, options.photos)
    for split, count in listed.other_splits.items():
        left_out = f"{count} photos are left out: their split is {split!r}, not 'train' or 'val'"
        console.print(left_out, markup=False)
    planned = plan.steps(listed.train, listed.val, amounts)
    console.print(f"to be told apart: {', '.join(' '.join(pair) for pair in named)}")
    console.print(plan.table(planned, options.threads))
    return planned


def _of_torch() -> tuple[ModuleType, ModuleType]:
    """The modules that need torch. Raises SystemExit where something of the extra is missing."""
    try:
        from models.training import steps, workshop
    except ModuleNotFoundError as error:
        raise SystemExit(f"models.training needs {error.name}: pip install '.[train]'") from None
    return steps, workshop
