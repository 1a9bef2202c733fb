"""Prints an evaluation for a person to read."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show(result: dict[str, Any], console: Console) -> None:
    """Prints the whole of a result made by ``models.evaluate``."""
    console.print(f"model {result['model_sha256'][:16]}  {result['model_bytes'] / 1e6:.2f} MB")
    console.print(_by_source(result))
    for level, title in (("kinds", "kind"), ("items", "item")):
        console.print(_names(result[level], title))
    for level in ("kind_confusion", "item_confusion"):
        console.print(_confusion(result[level], level.replace("_", " ")))
    console.print(_refusals(result["refusals"]))
    risks = ", ".join(f"{part}: {risk}" for part, risk in result["risk_at_coverage"].items())
    console.print(f"risk at coverage  {risks}  (area {result['risk_coverage_area']})")
    for name, parts in result["latency_one_thread"].items():
        console.print(f"{name}  " + "  ".join(f"{part} {value}" for part, value in parts.items()))


def share_text(share: dict[str, Any]) -> str:
    """A percentage with its 95 % interval; below 30 photos the interval alone."""
    if share["of"] == 0:
        return "-"
    low, high = (100 * end for end in share["interval"])
    if share["share"] is None:
        return f"{share['hits']}/{share['of']} ({low:.0f}-{high:.0f})"
    return f"{100 * share['share']:.1f} ({low:.1f}-{high:.1f})"


def _by_source(result: dict[str, Any]) -> Table:
    table = Table("source", "photos", "kind %", "balanced", "item %", "macro-F1", "ECE raw", "ECE", "AURC",
                  "sure: right %", "at coverage %", title="by source")  # fmt: skip
    for name, part in [("all", result), *result["sources"].items()]:
        if not part["photos"]:
            continue
        table.add_row(
            escape(name[:40]), str(part["photos"]), share_text(part["kind_accuracy"]),
            str(part["balanced_kind_accuracy"]), share_text(part["item_accuracy"]),
            f"{part['kind_macro_f1']} / {part['item_macro_f1']}",
            str(part["calibration_error_before"]), str(part["calibration_error"]),
            str(part["risk_coverage_area"]), share_text(part["sure"]["kind_accuracy"]),
            share_text(part["sure"]["coverage"]),
        )  # fmt: skip
    return table


def _names(parts: dict[str, Any], title: str) -> Table:
    table = Table(title, "photos", "recall %", "precision %")
    for name, part in parts.items():
        table.add_row(
            name, str(part["recall"]["of"]), share_text(part["recall"]), share_text(part["precision"])
        )
    return table


def _confusion(counts: dict[str, dict[str, int]], title: str) -> Table:
    table = Table("true \\ said", *counts, title=title)
    for true, row in counts.items():
        table.add_row(true, *(str(count) if count else "." for count in row.values()))
    return table


def _refusals(part: dict[str, Any]) -> Table:
    table = Table("refusals", "%")
    table.add_row("photos without an item: refused", share_text(part["no_item_refused"]))
    table.add_row("photos without an item: refused or unsure", share_text(part["no_item_unsure"]))
    table.add_row("items wrongly refused", share_text(part["items_wrongly_refused"]))
    table.add_row("AUROC of the no-item class", str(part["no_item_auroc"]))
    for reason, counts in part["reasons"].items():
        table.add_row(reason, f"{counts['items']} items, {counts['no_item']} without")
    return table
