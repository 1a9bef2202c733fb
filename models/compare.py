"""Says whether a new model is better than an old one on the same photos.

python -m models.compare OLD NEW --manifest M.csv --photos DIR [--split val] [--json OUT]

Its status is 1 where the old model is better at something, 2 where they could not be compared, else 0.
Who refuses more empty pictures and keeps fewer items, or is sure of more and wary of less, is neither.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from models.classifier import WasteClassifier
from models.labels import NO_ITEM
from models.measuring.answers import Answer, answer_all
from models.measuring.manifest import read_manifests

COUNTERPARTS = (("kind",), ("item",), ("refused", "kept"), ("sure", "wary"))
"""What a moved threshold trades for one another stands together."""
LEVEL = 0.05
"""Two-sided chance under which a difference is no longer taken for luck."""


def mcnemar(only_old: int, only_new: int) -> float:
    """Exact two-sided p-value (McNemar 1947, doi:10.1007/BF02295996) of the discordant pairs.

    ``only_old`` photos were right with the old model alone, ``only_new`` with the new one alone.
    """
    total = only_old + only_new
    tail = sum(math.comb(total, count) for count in range(min(only_old, only_new) + 1))
    return min(1.0, float(2 * tail / 2**total))


def verdict(old: list[bool], new: list[bool]) -> dict[str, Any]:
    """Compares paired answers. Raises ValueError where they are not of the same photos."""
    only_old = sum(one and not two for one, two in zip(old, new, strict=True))
    only_new = sum(two and not one for one, two in zip(old, new, strict=True))
    chance = mcnemar(only_old, only_new)
    better = "neither" if chance >= LEVEL else ("new" if only_new > only_old else "old")
    return {
        "photos": len(old),
        "old_right": sum(old),
        "new_right": sum(new),
        "only_old_right": only_old,
        "only_new_right": only_new,
        "p_value": chance,
        "better": better,
    }


def judged(old: list[Answer], new: list[Answer]) -> dict[str, Any]:
    """Verdicts on kinds and items of what shows an item, and on refusals, each of the photos it is about.

    ``refused``: no item and refused; ``kept``: an item and not refused. ``sure``: an item of whose kind it
    is sure and right; ``wary``: an item of whose kind it is not sure and wrong.
    """
    questions: dict[str, tuple[bool, Callable[[Answer], bool]]] = {
        "kind": (True, lambda one: one.right),
        "item": (True, lambda one: one.said.item == one.photo.item),
        "refused": (False, lambda one: one.refused),
        "kept": (True, lambda one: not one.refused),
        "sure": (True, lambda one: one.right and not one.said.unsure),
        "wary": (True, lambda one: one.right or one.said.unsure),
    }
    return {
        name: verdict(
            *(
                [right(one) for one in answers if (one.photo.kind != NO_ITEM) == shown]
                for answers in (old, new)
            )
        )
        for name, (shown, right) in questions.items()
    }


def lost(result: dict[str, Any]) -> bool:
    """Whether the old model is better at something that was not given for its counterpart."""
    told = [{result[name]["better"] for name in pair} for pair in COUNTERPARTS]
    return any("old" in better and "new" not in better for better in told)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.compare", description=__doc__)
    parser.add_argument("old", type=Path, help="folder with the artifacts of the model in use")
    parser.add_argument("new", type=Path, help="folder with the artifacts of the candidate")
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument("--photos", type=Path, required=True, help="folder with the tars the manifests name")
    parser.add_argument("--split", help="only rows of this split (all rows unless given)")
    parser.add_argument("--json", type=Path, help="write the comparison here")
    return parser


def main(argv: list[str] | None = None) -> int:
    """The status, as above: a small gain of one thing does not make up for the loss of another."""
    options = arguments().parse_args(argv)
    console = Console()
    try:
        photos = read_manifests(options.manifest, options.split)
        answers: list[list[Answer]] = []
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("classifying", total=2 * len(photos))
            for folder in (options.old, options.new):
                classifier = WasteClassifier.load(folder)
                answers.append(answer_all(classifier, photos, options.photos, lambda: progress.advance(task)))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"models.compare: {error}\n")
        return 2
    if not photos:
        sys.stderr.write("models.compare: the manifests have no rows of that split\n")
        return 2
    result = judged(*answers)
    for level, part in result.items():
        console.print(
            f"{level}: old {part['old_right']}, new {part['new_right']} of {part['photos']} right; "
            f"only old {part['only_old_right']}, only new {part['only_new_right']}, "
            f"p = {part['p_value']:.4f}: better is {part['better']}"
        )
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 1 if lost(result) else 0


if __name__ == "__main__":
    sys.exit(main())
