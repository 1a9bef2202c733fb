"""Fills MODEL_CARD.md: its words stand in a template, its figures in files that commands wrote."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from models.measuring import measures
from models.measuring.measures import share
from models.training import tables
from models.training.aims import aims
from models.training.classes import BAG, COVERED

TEMPLATE = Path(__file__).parent / "MODEL_CARD.md.template"
CARD = "MODEL_CARD.md"
ABOUT = Path(__file__).parent / "ABOUT_THE_PHOTOS.md.template"
"""Whose the photos of OURS are, what they lack, and what was tried on them."""
OURS = {
    "manifest.csv": "bc89c09e12b9cfd6d37bde3980638580ce194657ac14525bf8947c37cb64a2a3",
    "manifest-more.csv": "bd6f531fd3ed3e33d75472b838ab9a545c07d4d70fc42c63f4b4ef415d271d96",
}
"""The manifests that ABOUT is about, each with its sha256."""
PARTS = ("metrics", "made", "drawn", "loso", "training")
Json = dict[str, Any]


def fill(folder: Path, steps: dict[str, Json]) -> None:
    """Writes ``steps`` into ``training.json`` and the card into ``folder``, which holds the artifacts.

    Raises as ``text`` does.
    """
    training = _read(folder / "training.json") | {"steps": steps}
    (folder / "training.json").write_text(json.dumps(training, indent=1) + "\n", encoding="utf-8")
    (folder / CARD).write_text(text(folder), encoding="utf-8")


def text(folder: Path) -> str:
    """The card of the artifacts in ``folder``.

    Raises OSError where one is missing, ValueError where they are not of one model, and KeyError
    where the template asks for a figure that there is none of.
    """
    parts = {name: _read(folder / f"{name}.json") for name in PARTS}
    if len({part["model_sha256"] for part in parts.values()}) > 1:
        raise ValueError(f"{', '.join(f'{name}.json' for name in PARTS)} are not of one model")
    words = figures(**parts, decision=_read(folder / "decision.json"))
    words |= _labels(_read(folder / "labels.json"))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def figures(
    metrics: Json, made: Json, drawn: Json, loso: Json, training: Json, decision: Json
) -> dict[str, str]:
    """Every word that the template asks for."""
    refused, sure = metrics["refusals"], metrics["sure"]
    network, whole = (metrics["latency_one_thread"][name] for name in ("network_ms", "jpeg_720p_ms"))
    shown, cost = training["shown"], training["int8"]
    runs, folds, strange = training["runs"], loso["runs"], loso["sure"]
    surely = loso["kind_confusion_sure"]
    largest = max(run["side"] for run in folds)
    return {
        "sha256": metrics["model_sha256"],
        "megabytes": f"{metrics['model_bytes'] / 1e6:.2f}",
        "temperature": str(decision["temperature"]),
        "sure_from": str(decision["sure_from"]),
        "photos": str(metrics["photos"]),
        "hazardous": tables.percent(metrics["kinds"]["hazardous"]["recall"]),
        "loso_hazardous": tables.percent(tables.recall(loso["kind_confusion"], "hazardous")),
        "surely_hazardous": tables.percent(metrics["kinds"]["hazardous"]["precision_when_sure"]),
        "loso_surely_hazardous": tables.percent(share(*measures.precision(surely, "hazardous"))),
        "loso_kind_range": tables.range_of(loso["sources"], lambda part: part["kind_accuracy"]),
        "loso_sure_range": tables.range_of(loso["sources"], lambda part: part["sure"]["kind_accuracy"]),
        "loso_error_range": tables.range_of_errors(loso["sources"]),
        "kind": tables.percent(metrics["kind_accuracy"]),
        "balanced": tables.plain(metrics["balanced_kind_accuracy"]),
        "item": tables.percent(metrics["item_accuracy"]),
        "macro_f1": f"{metrics['kind_macro_f1']} / {metrics['item_macro_f1']}",
        "error_before": str(metrics["calibration_error_before"]),
        "error": str(metrics["calibration_error"]),
        "risk_area": str(metrics["risk_coverage_area"]),
        "sure_right": tables.percent(sure["kind_accuracy"]),
        "sure_item_right": tables.percent(sure["item_accuracy"]),
        "coverage": tables.percent(sure["coverage"]),
        "kinds": tables.of_kinds(metrics["kind_confusion"], metrics["kind_confusion_sure"]),
        "items": tables.of_names(metrics["items"]),
        "sources": tables.of_sources(metrics["sources"]),
        "loso_recipe": loso["recipe"],
        "loso_pictures": f"{_shown(folds):,} pictures a fold at up to {largest} pixels",
        "loso_kind": tables.percent(loso["kind_accuracy"]),
        "loso_balanced": tables.plain(loso["balanced_kind_accuracy"]),
        "loso_error": str(loso["calibration_error"]),
        "loso_sure_right": tables.percent(strange["kind_accuracy"]),
        "loso_coverage": tables.percent(strange["coverage"]),
        "loso_kinds": tables.of_kinds(loso["kind_confusion"], loso["kind_confusion_sure"]),
        "loso_unfamiliar": ", ".join(str(one) for one in loso["unfamiliar_auroc"]),
        "loso_sources": tables.of_left_out(loso["sources"]),
        "made_items": tables.of_grounds(made["sources"]),
        "made_balanced": tables.plain(made["balanced_kind_accuracy"]),
        "made_error": str(made["calibration_error"]),
        "made_empty": tables.of_emptiness(made["sources"]),
        "made_reasons": tables.of_reasons(made["sources"]),
        "drawn_photos": str(drawn["photos"]),
        "drawn_kind": tables.percent(drawn["kind_accuracy"]),
        "drawn_bags": tables.called(drawn, BAG),
        "drawn_covered": tables.called(drawn, COVERED, "too_dark"),
        "refused": tables.percent(refused["no_item_refused"]),
        "refused_or_unsure": tables.percent(refused["no_item_unsure"]),
        "wrongly_refused": tables.percent(refused["items_wrongly_refused"]),
        "auroc": str(refused["no_item_auroc"]),
        "network_ms": tables.milliseconds(network),
        "whole_ms": tables.milliseconds(whole),
        "float_right": tables.percent(cost["float"]),
        "int8_right": tables.percent(cost["int8"]),
        "int8_same": tables.percent(cost["same"]),
        "right_when_sure": f"{100 * training['right_when_sure']:.0f}",
        "weight_bits": str(training["weight_bits"]),
        "tuned_blocks": f"from {training['frozen_blocks'] + 1} on",
        "cap": str(shown["cap"]),
        "processor": metrics["latency_one_thread"]["processor"] or "a processor that has no name",
        "about_the_photos": _about(metrics["manifests"]),
        "kind_shares": ", ".join(f"{kind} {100 * share:.0f} %" for kind, share in shown["kinds"].items()),
        "photo_share": f"{100 * shown['photos']:.0f}",
        "composite_share": f"{100 * shown['composites']:.0f}",
        "drawn_share": f"{100 * shown['drawn']:.0f}",
        "empty_share": f"{100 * (1 - shown['photos'] - shown['composites'] - shown['drawn']):.0f}",
        "hidden_share": f"{100 * shown['hidden']:.0f}",
        "cut_outs": f"{training['cut_outs']:,}",
        "taught": f"{training['taught_photos']:,}",
        "opinion": f"{100 * shown['opinion']:.0f}",
        "pictures": f"{_shown(runs):,}",
        "runs": "; ".join(_run(run) for run in runs),
        "products": training["products_in"],
        "steps": tables.of_steps(training["steps"]),
        "versions": ", ".join(f"{name} {number}" for name, number in training["versions"].items()),
        "aims": tables.lines(*aims(metrics, made, loso, training)),
    }


def _shown(runs: list[Json]) -> int:
    """How many pictures, in all of ``runs``."""
    return sum(run["epochs"] * run["epoch"] for run in runs)


def _run(run: Json) -> str:
    sides = " and ".join(str(side) for side in sorted({run["small_side"], run["side"]}))
    pictures, teacher = f"{_shown([run]):,}", f"the teacher weighed {run['distilling']:g}"
    rounded = ", kernels rounded as in int8" if run["rounded"] else ""
    back = f", first drawn back by {100 * run['drawn_back']:.0f} %" if run["drawn_back"] else ""
    return f"{pictures} at {sides} pixels, {teacher}{rounded}{back}"


def _read(path: Path) -> Json:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _labels(labels: Json) -> dict[str, str]:
    return {"item_count": str(len(labels["items"])), "side": str(labels["side"])}


def _about(manifests: Json) -> str:
    """What is known of the photos of these manifests, name and sha256."""
    ours = all(manifests.get(name) == sha256 for name, sha256 in OURS.items())
    others = [name for name, sha256 in manifests.items() if not ours or OURS.get(name) != sha256]
    unknown = (
        f"Whose the photos of {', '.join(others)} are, under which licence, and what they lack, is for "
        "whoever trained on them to say: this page cannot know it."
    )
    return "\n\n".join(
        [*([ABOUT.read_text(encoding="utf-8").rstrip()] if ours else []), *([unknown] if others else [])]
    )
