"""Says whether a new model is better than an old one on the same photos.

python -m models.compare OLD NEW --manifest M.csv --photos DIR [--split val] [--json OUT]

Its status is 1 where the old model is better at something, 2 where they could not be compared, else 0.
Who refuses more empty pictures and keeps fewer items, or is sure of more and wary of less, is neither.
"""

from __future__ import annotations

import argparse
import math
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.classifier import WasteClassifier
from models.labels import NO_ITEM
from models.measuring.answers import Answer, answer_all, remarks
from models.measuring.files import apart, said, writable, write_json
from models.measuring.manifest import read_manifests
from models.measuring.terminal import SIMPLE_HEAD, Console, Progress, Table
from models.sums import FILES

COUNTERPARTS = (("kind",), ("item",), ("refused", "kept"), ("sure", "wary"))
"""What a moved threshold trades for one another stands together."""
LEVEL = 0.05
"""Two-sided chance under which a difference is no longer taken for luck."""
RIGHT = {
    "kind": "an item: its likeliest kind is right",
    "item": "an item: its likeliest item is right",
    "refused": "no item: it is refused",
    "kept": "an item: it is not refused",
    "sure": "an item: sure, and right of its kind",
    "wary": "an item: right of its kind, or unsure",
}
"""What a photo shows, and what is then right, in words."""
LEGEND = f"""\
old, new            of how many photos that model is right (kind and item: also where it says unsure)
only old, only new  of how many it alone is right
p                   how often luck would share those out so unevenly (exact McNemar test); under {LEVEL}
                    the one with more is called better
Refused is weighed with kept, and sure with wary: a threshold that moves gives one for the other.
"""
MOVED = (
    "A threshold alone can do that, and what it gives up for it need not show on so few photos that "
    "either model is wrong of: look at both lines of the pair."
)
WIDTH = 110
"""Columns, where no terminal says how many it has."""


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


def losses(result: dict[str, Any]) -> list[str]:
    """What the old model is better at without the new one being better at its counterpart."""
    return [
        name
        for pair in COUNTERPARTS
        for name in pair
        if result[name]["better"] == "old" and "new" not in {result[one]["better"] for one in pair}
    ]


def conclusion(result: dict[str, Any]) -> str:
    """The comparison of two models in one sentence, which says what the status does."""
    gained = [name for name, part in result.items() if part["better"] == "new"]
    given = [name for name, part in result.items() if part["better"] == "old"]
    if missing := losses(result):
        though = f" The new one is better at {_listed(gained)}." if gained else ""
        return f"the old model is better at {_listed(missing)}, for nothing in return (status 1).{though}"
    if given:
        return (
            f"the new model is better at {_listed(gained)}, the old one at {_listed(given)}, "
            "which a threshold gives one for the other (status 0)."
        )
    if gained:
        doubt = f" {MOVED}" if not {"kind", "item"} & set(gained) else ""
        return f"the new model is better at {_listed(gained)}, and the old one at nothing (status 0).{doubt}"
    return (
        "neither is better: luck would explain each difference on these photos, "
        "which is no proof that there is none (status 0)."
    )


def differing(old: Path, new: Path) -> list[str]:
    """Those of the two models' files that are not the same, byte for byte. Raises OSError."""
    return [name for name in FILES if (old / name).read_bytes() != (new / name).read_bytes()]


def show(result: dict[str, Any], console: Console) -> None:
    """Prints the six verdicts and how to read them."""
    table = Table("", "right, of photos of", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for head in ("photos", "old", "new", "only old", "only new", "p"):
        table.add_column(head, justify="right")
    table.add_column("better")
    for name, part in result.items():
        counts = ("photos", "old_right", "new_right", "only_old_right", "only_new_right")
        row = (str(part[count]) for count in counts)
        table.add_row(name, RIGHT[name], *row, _chance(part["p_value"]), part["better"])
    console.print(table)
    console.print(LEGEND)


def _chance(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "<0.0001"


def _listed(names: list[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path, help="folder with the artifacts of the model in use")
    parser.add_argument("new", type=Path, help="folder with the artifacts of the candidate")
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument(
        "--photos",
        type=Path,
        required=True,
        help="folder with the tars, or the unpacked photos, that the manifests name",
    )
    parser.add_argument("--split", help="only rows of this split (all rows unless given)")
    parser.add_argument("--json", type=Path, help="write the comparison here")
    return parser


def main(argv: list[str] | None = None) -> int:
    """The status, as above: a small gain of one thing does not make up for the loss of another."""
    try:
        return _compared(argv)
    except Exception:  # noqa: BLE001 - whatever breaks is no verdict, which the status of a crash would be
        traceback.print_exc()
        return 2


def _compared(argv: list[str] | None) -> int:
    options = arguments().parse_args(argv)
    console = Console(WIDTH, plain=True)
    try:
        if options.json:
            apart([options.json], options.manifest)
            writable(options.json)
        photos = read_manifests(options.manifest, options.split)
        differences = differing(options.old, options.new)
        models = [WasteClassifier.load(folder) for folder in (options.old, options.new)]
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("classifying", total=2 * len(photos))
            answers = [
                answer_all(model, photos, options.photos, lambda: progress.advance(task)) for model in models
            ]
    except (OSError, ValueError) as error:
        return said("models.compare", error)
    if not photos:
        return said("models.compare", "the manifests have no rows to ask of")
    notes = remarks(answers[0], models[1].labels)
    read = [[one for one in of if not one.unread] for of in answers]
    if not read[0]:
        return said("models.compare", notes[0])
    result = judged(*read)
    try:
        if options.json:
            write_json(result, options.json)
    except OSError as error:
        return said("models.compare", error)
    for name, folder, model in zip(("old", "new"), (options.old, options.new), models, strict=True):
        console.print(f"{name}: {folder}, network {model.model_hash[:16]}", soft_wrap=True)
    console.print(f"They differ in {', '.join(differences) or 'nothing'}.")
    show(result, console)
    for note in notes:
        console.print(note, soft_wrap=True)
    verdict = conclusion(result) if differences else "both are the same model, file by file (status 0)."
    console.print(f"Verdict: {verdict}", soft_wrap=True)
    return 1 if losses(result) else 0


if __name__ == "__main__":
    sys.exit(main())
