"""Measures the classifier on labelled photos.

python -m models.evaluate --manifest M.csv --photos DIR [--split val] [--json OUT] [--plots DIR]
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.classifier import ARTIFACTS, WasteClassifier
from models.measuring.answers import Answer, answer_all, figures, remarks, write_each
from models.measuring.files import apart, said, writable, write_json
from models.measuring.latency import latency
from models.measuring.manifest import hashes, read_manifests
from models.measuring.report import show
from models.measuring.terminal import Console, Progress


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("--manifest", type=Path, action="append", required=True, help="may be repeated")
    parser.add_argument(
        "--photos",
        type=Path,
        required=True,
        help="folder with the tars, or the unpacked photos, that the manifests name",
    )
    parser.add_argument("--split", help="only rows of this split (all rows unless given)")
    parser.add_argument("--model", type=Path, default=ARTIFACTS, help="folder with the model's artifacts")
    parser.add_argument("--json", type=Path, help="write every figure here")
    parser.add_argument("--each", type=Path, help="write what was said of each photo here, as a CSV")
    parser.add_argument(
        "--plots", type=Path, help="write reliability, risk-coverage and confusion plots here"
    )
    return parser


def measure(answers: list[Answer], classifier: WasteClassifier, manifests: list[Path]) -> dict[str, Any]:
    """All figures of one run: in all, by source, speed, and what was measured on what."""
    by_source: dict[str, list[Answer]] = {}
    for one in answers:
        by_source.setdefault(one.photo.source, []).append(one)
    return {
        "manifests": hashes(manifests),
        "splits": sorted({one.photo.split for one in answers}),
        **figures(answers, classifier.labels),
        "latency_one_thread": latency(classifier),
        "sources": {
            name: figures(group, classifier.labels, answers) for name, group in sorted(by_source.items())
        },
    }


def main(argv: list[str] | None = None) -> int:
    """Prints the figures; 0 when they could be measured, 2 when what to measure is missing or unknown."""
    options = arguments().parse_args(argv)
    console = Console(width=200)
    try:
        classifier, answers, notes = _asked(options, console)
    except (OSError, ValueError) as error:
        return said("models.evaluate", error)
    network = (options.model / "waste.onnx").stat().st_size
    result = {"model_sha256": classifier.model_hash, "model_bytes": network}
    result |= measure(answers, classifier, options.manifest)
    try:
        _write(result, answers, options)
        show(result, console)
        for note in notes:
            console.print(note, markup=False, soft_wrap=True)
    except OSError as error:
        return said("models.evaluate", error)
    return 0


def _asked(options: argparse.Namespace, console: Console) -> tuple[WasteClassifier, list[Answer], list[str]]:
    """The classifier, its answers, and what is odd about the photos.

    Raises OSError or ValueError where something is missing, unknown or not to be written.
    """
    if options.plots and find_spec("matplotlib") is None:
        raise ValueError("--plots needs matplotlib: pip install matplotlib")
    photos = read_manifests(options.manifest, options.split)
    if not photos:
        raise ValueError("the manifests have no rows to ask of")
    apart((options.json, options.each), options.manifest)
    for path in filter(None, (options.json, options.each)):
        writable(path)  # now, not after all photos
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
    classifier = WasteClassifier.load(options.model, threads=1)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("classifying", total=len(photos))
        answers = answer_all(classifier, photos, options.photos, lambda: progress.advance(task))
    notes = remarks(answers, classifier.labels)
    if all(one.unread for one in answers):
        raise ValueError(notes[0])
    return classifier, answers, notes


def _write(result: dict[str, Any], answers: list[Answer], options: argparse.Namespace) -> None:
    if options.json:
        write_json(result, options.json)
    if options.each:
        write_each(answers, options.each)
    if options.plots:
        from models.measuring.plots import draw  # matplotlib is an optional extra

        draw(answers, result, options.plots)


if __name__ == "__main__":
    sys.exit(main())
