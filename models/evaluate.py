"""Measures the classifier on labelled photos.

python -m models.evaluate --manifest M.csv --photos DIR [--split val] [--json OUT] [--plots DIR]
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from models.classifier import ARTIFACTS, WasteClassifier
from models.measuring.answers import Answer, answer_all, figures, write_each
from models.measuring.files import said, writable, write_json
from models.measuring.latency import latency
from models.measuring.manifest import hashes, read_manifests
from models.measuring.report import show


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
    console = Console(width=None if sys.stdout.isatty() else 200)
    if options.plots and find_spec("matplotlib") is None:
        return said("models.evaluate", "--plots needs matplotlib: pip install matplotlib")
    try:
        photos = read_manifests(options.manifest, options.split)
        for path in filter(None, (options.json, options.each)):
            writable(path)  # now, not after all photos
        if options.plots:
            options.plots.mkdir(parents=True, exist_ok=True)
        classifier = WasteClassifier.load(options.model, threads=1)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("classifying", total=len(photos))
            answers = answer_all(classifier, photos, options.photos, lambda: progress.advance(task))
    except (OSError, ValueError) as error:
        return said("models.evaluate", error)
    if not answers:
        return said("models.evaluate", "the manifests have no rows to ask of")
    network = (options.model / "waste.onnx").stat().st_size
    result = {"model_sha256": classifier.model_hash, "model_bytes": network}
    result |= measure(answers, classifier, options.manifest)
    show(result, console)
    try:
        if options.json:
            write_json(result, options.json)
        if options.each:
            write_each(answers, options.each)
        if options.plots:
            from models.measuring.plots import draw  # matplotlib is an optional extra

            draw(answers, result, options.plots)
    except OSError as error:
        return said("models.evaluate", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
