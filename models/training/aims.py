"""What issue and card aim at, beside the nearest figure that could be measured here."""

from __future__ import annotations

from typing import Any

from models.measuring.measures import of

Json = dict[str, Any]


def aims(metrics: Json, made: Json, loso: Json, training: Json) -> list[tuple[str, ...]]:
    """Rows of name, aim, figure, what it was measured on, and whether it is reached.

    The aims are for photos kept apart, which nothing here has seen.
    """
    refusals, times = metrics["refusals"], metrics["latency_one_thread"]
    plains = [made["sources"][name]["refusals"]["no_item_refused"] for name in ("panel", "plain")]
    bare = sum(part["hits"] for part in plains) / max(1, sum(part["of"] for part in plains))
    lost = (training["int8"]["float"]["hits"] - training["int8"]["int8"]["hits"]) / max(1, metrics["photos"])
    natural = refusals["no_item_refused"]
    recalls = {name: part["recall"] for name, part in metrics["kinds"].items()}
    shorter = "the shorter recipe, `loso.json`"
    high = [
        ("own sources: kind", 0.97, of(metrics["kind_accuracy"]), "val"),
        ("own sources: balanced kind", 0.95, metrics["balanced_kind_accuracy"], "val"),
        ("own sources: item", 0.93, of(metrics["item_accuracy"]), "val"),
        ("own sources: recall of hazardous", 0.94, of(recalls["hazardous"]), "val"),
        ("own sources: recall of other", 0.90, of(recalls["other"]), "val"),
        ("sources never seen: kind", 0.89, of(loso["kind_accuracy"]), shorter),
        ("sources never seen: balanced kind", 0.80, loso["balanced_kind_accuracy"], shorter),
        (
            "sources never seen: right when sure",
            0.96,
            of(loso["sure"]["kind_accuracy"]),
            shorter,
        ),
        ("sources never seen: sure of", 0.70, of(loso["sure"]["coverage"]), shorter),
        ("a bin's camera: balanced kind", 0.85, made["balanced_kind_accuracy"], "composites, `made.json`"),
        ("no item, scenes: refused", 0.95, of(natural), "val"),
        ("no item, empty panels: refused", 0.90, bare, "drawn panels and plain parts of photos"),
    ]
    low = [
        ("items wrongly refused", 0.02, of(refusals["items_wrongly_refused"]), "val"),
        ("calibration error, own sources", 0.02, metrics["calibration_error"], "val"),
        ("calibration error, never seen", 0.05, loso["calibration_error"], shorter),
        ("lost by int8, kind", 0.005, lost, "val"),
        ("megabytes", 5, round(metrics["model_bytes"] / 1e6, 2), ""),
        ("p50 of the network, ms", 8, times["network_ms"]["p50"], "one thread"),
        ("p50 with a 720p JPEG, ms", 20, times["jpeg_720p_ms"]["p50"], "one thread"),
    ]
    return [
        *((name, f"≥ {100 * aim:.0f} %", f"{100 * here:.1f} %", where, _yes(here >= aim))
          for name, aim, here, where in high),
        *((name, f"≤ {aim}", f"{round(here, 4)}", where, _yes(here <= aim))
          for name, aim, here, where in low),
    ]  # fmt: skip


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"
