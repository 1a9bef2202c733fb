"""Fills MODEL_CARD.md: its words stand in a template, its figures in files that commands wrote."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from models.measuring.measures import share

TEMPLATE = Path(__file__).parent / "MODEL_CARD.template.md"
CARD = "MODEL_CARD.md"
Json = dict[str, Any]


def fill(folder: Path, steps: dict[str, dict[str, float]]) -> None:
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
    names = ("metrics", "made", "loso", "training", "decision")
    metrics, made, loso, training, decision = (_read(folder / f"{name}.json") for name in names)
    if len({part["model_sha256"] for part in (metrics, made, loso, training)}) > 1:
        raise ValueError("metrics.json, made.json, loso.json and training.json are not of one model")
    words = figures(metrics, made, loso, training, decision)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def figures(metrics: Json, made: Json, loso: Json, training: Json, decision: Json) -> dict[str, str]:
    """Every word that the template asks for."""
    refused, sure = metrics["refusals"], metrics["sure"]
    network, whole = (metrics["latency_one_thread"][name] for name in ("network_ms", "jpeg_720p_ms"))
    shown, cost = training["shown"], training["int8"]
    runs, folds, strange = training["runs"], loso["runs"], loso["sure"]
    largest = max(run["side"] for run in folds)
    return {
        "sha256": metrics["model_sha256"],
        "megabytes": f"{metrics['model_bytes'] / 1e6:.2f}",
        "temperature": str(decision["temperature"]),
        "sure_from": str(decision["sure_from"]),
        "photos": str(metrics["photos"]),
        "hazardous_missed": f"{100 * (1 - _of(metrics['kinds']['hazardous']['recall'])):.0f}",
        "kind": percent(metrics["kind_accuracy"]),
        "balanced": plain(metrics["balanced_kind_accuracy"]),
        "item": percent(metrics["item_accuracy"]),
        "macro_f1": f"{metrics['kind_macro_f1']} / {metrics['item_macro_f1']}",
        "error_before": str(metrics["calibration_error_before"]),
        "error": str(metrics["calibration_error"]),
        "risk_area": str(metrics["risk_coverage_area"]),
        "sure_right": percent(sure["kind_accuracy"]),
        "coverage": percent(sure["coverage"]),
        "kinds": _kinds(metrics["kinds"], metrics["kind_confusion_sure"]),
        "items": _names(metrics["items"]),
        "sources": _sources(metrics["sources"]),
        "loso_recipe": loso["recipe"],
        "loso_pictures": f"{_shown(folds):,} pictures a fold at up to {largest} pixels",
        "loso_kind": percent(loso["kind_accuracy"]),
        "loso_balanced": plain(loso["balanced_kind_accuracy"]),
        "loso_error": str(loso["calibration_error"]),
        "loso_sure_right": percent(strange["kind_accuracy"]),
        "loso_coverage": percent(strange["coverage"]),
        "loso_sources": _left_out(loso["sources"]),
        "made_items": _grounds(made["sources"]),
        "made_balanced": plain(made["balanced_kind_accuracy"]),
        "made_error": str(made["calibration_error"]),
        "made_empty": _emptiness(made["sources"]),
        "refused": percent(refused["no_item_refused"]),
        "refused_or_unsure": percent(refused["no_item_unsure"]),
        "wrongly_refused": percent(refused["items_wrongly_refused"]),
        "auroc": str(refused["no_item_auroc"]),
        "network_ms": _milliseconds(network),
        "whole_ms": _milliseconds(whole),
        "float_right": percent(cost["float"]),
        "int8_right": percent(cost["int8"]),
        "int8_same": percent(cost["same"]),
        "kind_shares": ", ".join(f"{kind} {100 * share:.0f} %" for kind, share in shown["kinds"].items()),
        "photo_share": f"{100 * shown['photos']:.0f}",
        "composite_share": f"{100 * shown['composites']:.0f}",
        "drawn_share": f"{100 * shown['drawn']:.0f}",
        "empty_share": f"{100 * (1 - shown['photos'] - shown['composites'] - shown['drawn']):.0f}",
        "cut_outs": f"{training['cut_outs']:,}",
        "taught": f"{training['taught_photos']:,}",
        "opinion": f"{100 * shown['opinion']:.0f}",
        "pictures": f"{_shown(runs):,}",
        "runs": "; ".join(_run(run) for run in runs),
        "products": training["products_in"],
        "steps": _steps(training["steps"]),
        "versions": ", ".join(f"{name} {number}" for name, number in training["versions"].items()),
        "aims": _aims(metrics, made, loso, training),
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


def percent(counted: Json) -> str:
    """A percentage with its 95 % interval; below 30 photos the counts and the interval alone."""
    if not counted["of"]:
        return "none"
    low, high = (100 * end for end in counted["interval"])
    if counted["share"] is None:
        return f"{counted['hits']} of {counted['of']} ({low:.0f}–{high:.0f} %)"
    return f"{100 * _of(counted):.1f} % ({low:.1f}–{high:.1f})"


def plain(value: float | None) -> str:
    """A mean of shares, which has no interval of its own."""
    return "none" if value is None else f"{100 * value:.1f} %"


def _read(path: Path) -> Json:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _rows(*rows: tuple[str, ...]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _names(parts: Json) -> str:
    return _rows(*((name, str(part["recall"]["of"]), percent(part["recall"]), percent(part["precision"]))
                   for name, part in parts.items()))  # fmt: skip


def _kinds(parts: Json, sure: Json) -> str:
    """As ``_names``, with how often those that were said surely were right, and how many that were."""
    rows = []
    for name, part in parts.items():
        said, of = sum(sure[name].values()), part["recall"]["of"]
        rows.append((name, str(of), percent(part["recall"]), percent(part["precision"]),
                     percent(share(sure[name][name], said)), percent(share(said, of))))  # fmt: skip
    return _rows(*rows)


def _sources(parts: Json) -> str:
    return _rows(*((name, str(part["photos"]), percent(part["kind_accuracy"]), percent(part["item_accuracy"]),
                    percent(part["sure"]["kind_accuracy"]), percent(part["sure"]["coverage"]))
                   for name, part in parts.items() if part["photos"]))  # fmt: skip


def _left_out(parts: Json) -> str:
    def balanced(part: Json) -> str:
        enough = part["kind_accuracy"]["share"] is not None
        return plain(part["balanced_kind_accuracy"]) if enough else "–"

    return _rows(*((name, str(part["kind_accuracy"]["of"]), percent(part["kind_accuracy"]), balanced(part),
                    str(part["calibration_error"]), percent(part["sure"]["kind_accuracy"]),
                    percent(part["sure"]["coverage"])) for name, part in parts.items()))  # fmt: skip


def _grounds(parts: Json) -> str:
    return _rows(*((name, str(part["photos"]), percent(part["kind_accuracy"]),
                    plain(part["balanced_kind_accuracy"]), percent(part["sure"]["kind_accuracy"]),
                    percent(part["sure"]["coverage"]), percent(part["refusals"]["items_wrongly_refused"]))
                   for name, part in parts.items() if part["photos"]))  # fmt: skip


def _emptiness(parts: Json) -> str:
    return _rows(*((name, str(part["refusals"]["no_item_refused"]["of"]),
                    percent(part["refusals"]["no_item_refused"]), percent(part["refusals"]["no_item_unsure"]),
                    str(part["refusals"]["no_item_auroc"] or "–"))
                   for name, part in parts.items() if part["refusals"]["no_item_refused"]["of"]))  # fmt: skip


def _steps(steps: dict[str, dict[str, float]]) -> str:
    return _rows(*((name, f"{part['seconds'] / 60:.1f}", f"{part['cpu_seconds'] / 60:.1f}")
                   for name, part in steps.items()))  # fmt: skip


def _milliseconds(parts: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in parts.items())


def _aims(metrics: Json, made: Json, loso: Json, training: Json) -> str:
    """What was aimed at, on photos kept apart that nothing here has seen, beside the nearest figure here."""
    refusals, times = metrics["refusals"], metrics["latency_one_thread"]
    plains = [made["sources"][name]["refusals"]["no_item_refused"] for name in ("panel", "plain")]
    bare = sum(part["hits"] for part in plains) / max(1, sum(part["of"] for part in plains))
    lost = (training["int8"]["float"]["hits"] - training["int8"]["int8"]["hits"]) / max(1, metrics["photos"])
    natural = refusals["no_item_refused"]
    recalls = {name: part["recall"] for name, part in metrics["kinds"].items()}
    shorter = "the shorter recipe, `loso.json`"
    high = [
        ("own sources: kind", 0.97, _of(metrics["kind_accuracy"]), "val"),
        ("own sources: balanced kind", 0.95, metrics["balanced_kind_accuracy"], "val"),
        ("own sources: item", 0.93, _of(metrics["item_accuracy"]), "val"),
        ("own sources: recall of hazardous", 0.94, _of(recalls["hazardous"]), "val"),
        ("own sources: recall of other", 0.90, _of(recalls["other"]), "val"),
        ("sources never seen: kind", 0.89, _of(loso["kind_accuracy"]), shorter),
        ("sources never seen: balanced kind", 0.80, loso["balanced_kind_accuracy"], shorter),
        (
            "sources never seen: right when sure",
            0.96,
            _of(loso["sure"]["kind_accuracy"]),
            shorter,
        ),
        ("sources never seen: sure of", 0.70, _of(loso["sure"]["coverage"]), shorter),
        ("a bin's camera: balanced kind", 0.85, made["balanced_kind_accuracy"], "composites, `made.json`"),
        ("no item, scenes: refused", 0.95, _of(natural), "val"),
        ("no item, empty panels: refused", 0.90, bare, "drawn panels and plain parts of photos"),
    ]
    low = [
        ("items wrongly refused", 0.02, _of(refusals["items_wrongly_refused"]), "val"),
        ("calibration error, own sources", 0.02, metrics["calibration_error"], "val"),
        ("calibration error, never seen", 0.05, loso["calibration_error"], shorter),
        ("lost by int8, kind", 0.005, lost, "val"),
        ("megabytes", 5, round(metrics["model_bytes"] / 1e6, 2), ""),
        ("p50 of the network, ms", 8, times["network_ms"]["p50"], "one thread"),
        ("p50 with a 720p JPEG, ms", 20, times["jpeg_720p_ms"]["p50"], "one thread"),
    ]
    return _rows(
        *((name, f"≥ {100 * aim:.0f} %", f"{100 * here:.1f} %", where, _yes(here >= aim))
          for name, aim, here, where in high),
        *((name, f"≤ {aim}", f"{round(here, 4)}", where, _yes(here <= aim))
          for name, aim, here, where in low),
    )  # fmt: skip


def _of(counted: Json) -> float:
    return float(counted["hits"] / max(1, counted["of"]))


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"
