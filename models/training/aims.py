"""What is aimed at, beside the nearest figure measured here."""

from __future__ import annotations

from typing import Any

from models.measuring.measures import of

Json = dict[str, Any]
VAL, SHORTER = "val", "the shorter recipe, `loso.json`"
TUNED = "yes, where it was set"
"""Reached on the pictures that the threshold or temperature in question was chosen on: no surprise."""
ALIKE = "yes, on made ones"
"""Reached on pictures by the code that drew the training's."""


def aims(metrics: Json, made: Json, loso: Json, training: Json) -> list[tuple[str, ...]]:
    """Rows of name, aim, figure, what it was measured on, and whether it is reached.

    The aims are for photos kept apart, which nothing here has seen.
    """
    refusals, times = metrics["refusals"], metrics["latency_one_thread"]
    plains = [made["sources"][name]["refusals"]["no_item_refused"] for name in ("panel", "plain")]
    bare = sum(part["hits"] for part in plains) / max(1, sum(part["of"] for part in plains))
    lost = (training["int8"]["float"]["hits"] - training["int8"]["int8"]["hits"]) / max(1, metrics["photos"])
    recalls = {name: part["recall"] for name, part in metrics["kinds"].items()}
    sure = loso["sure"]
    return [
        _least("own sources: kind", 0.97, of(metrics["kind_accuracy"]), VAL),
        _least("own sources: balanced kind", 0.95, metrics["balanced_kind_accuracy"], VAL),
        _least("own sources: item", 0.93, of(metrics["item_accuracy"]), VAL),
        _least("own sources: recall of hazardous", 0.94, of(recalls["hazardous"]), VAL),
        _least("own sources: recall of other", 0.90, of(recalls["other"]), VAL),
        _least("sources never seen: kind", 0.89, of(loso["kind_accuracy"]), SHORTER),
        _least("sources never seen: balanced kind", 0.80, loso["balanced_kind_accuracy"], SHORTER),
        _least("sources never seen: right when sure", 0.96, of(sure["kind_accuracy"]), SHORTER),
        _least("sources never seen: sure of", 0.70, of(sure["coverage"]), SHORTER),
        _least("a bin's camera: balanced kind", 0.85, made["balanced_kind_accuracy"], "composites"),
        _least("no item, scenes: refused", 0.95, of(refusals["no_item_refused"]), VAL),
        _least("no item, empty panels: refused", 0.90, bare, "drawn panels and plain parts of photos", ALIKE),
        _most("items wrongly refused", 0.02, of(refusals["items_wrongly_refused"]), VAL, TUNED),
        _most("calibration error, own sources", 0.02, metrics["calibration_error"], VAL, TUNED),
        _most("calibration error, never seen", 0.05, loso["calibration_error"], SHORTER),
        _most("lost by int8, kind", 0.005, lost, VAL),
        _most("megabytes", 5, round(metrics["model_bytes"] / 1e6, 2), ""),
        _most("p50 of the network, ms", 8, times["network_ms"]["p50"], "one thread"),
        _most("p50 with a 720p JPEG, ms", 20, times["jpeg_720p_ms"]["p50"], "one thread"),
    ]  # fmt: skip


def _least(name: str, aim: float, here: float | None, where: str, yes: str = "yes") -> tuple[str, ...]:
    if here is None:
        return name, f"≥ {100 * aim:.0f} %", "none", where, "no"
    return name, f"≥ {100 * aim:.0f} %", f"{100 * here:.1f} %", where, yes if here >= aim else "no"


def _most(name: str, aim: float, here: float | None, where: str, yes: str = "yes") -> tuple[str, ...]:
    if here is None:
        return name, f"≤ {aim}", "none", where, "no"
    return name, f"≤ {aim}", f"{round(here, 4)}", where, yes if here <= aim else "no"
