"""Prints an evaluation for a person to read."""

from __future__ import annotations

from typing import Any

from models.measuring.measures import of
from models.measuring.terminal import SIMPLE_HEAD, Console, Table, escape

RIGHT = """\
kind, item: per cent named right, unsure answers included, with the 95 % interval; below 30 photos hits/photos
stands for the per cent. balanced: the mean recall of the kinds. F1: macro-F1, the mean over the names of the
harmonic mean of recall and precision; 1 is best.
"""
TRUST = """\
sure of: per cent of the photos of which unsure is not said; kind, item when sure: of how many of those it is
right. ECE: how far the said probability lies from the share that is right, on average (raw: before it was
calibrated). AURC: the share of wrong kinds, on average over answering ever more photos, the surest first. Of
these two 0 is best.
"""
EMPTY = """\
refused: unsure for any reason but low_confidence. AUROC: how often a photo without an item is scored emptier
than one with an item; 1 is best, 0.5 is chance.
"""
SOURCE_WIDTH = 34
"""A longer name goes on in the next line."""
MOST_HEADS = 6
"""Columns of more names than these are headed by their numbers, or they would be too wide."""


def show(result: dict[str, Any], console: Console) -> None:
    """Prints the whole of a result made by ``models.evaluate``, at most 120 columns wide."""
    console.print(f"model {result['model_sha256'][:16]}  {result['model_bytes'] / 1e6:.2f} MB")
    parts = [(name, part) for name, part in (("all", result), *result["sources"].items()) if part["photos"]]
    _print(_right(parts), RIGHT, console)
    _print(_trust(parts), TRUST, console)
    for level, title in (("kinds", "kind"), ("items", "item")):
        console.print(_names(result[level], title))
    for level in ("kind_confusion", "item_confusion"):
        console.print(_confusion(result[level], f"{level.replace('_', ' ')}, unsure answers included"))
    _print(_refusals(result["refusals"]), EMPTY, console)
    console.print(_reasons(result))
    console.print(_risks(result))
    times = result["latency_one_thread"]
    for name in ("network_ms", "jpeg_720p_ms"):
        console.print(f"{name}  " + "  ".join(f"{part} {value}" for part, value in times[name].items()))
    console.print(times["processor"], markup=False)


def share_text(share: dict[str, Any]) -> str:
    """A percentage with its 95 % interval; below 30 photos hits/photos in its place."""
    if share["of"] == 0:
        return "-"
    low, high = (100 * end for end in share["interval"])
    if share["share"] is None:
        return f"{share['hits']}/{share['of']} ({low:.0f}-{high:.0f})"
    return f"{100 * of(share):.1f} ({low:.1f}-{high:.1f})"


def _print(table: Table, legend: str, console: Console) -> None:
    console.print(table)
    console.print(legend, highlight=False)


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for index, head in enumerate(heads):
        table.add_column(head, justify="right" if index else "left", overflow="fold")
    table.columns[0].max_width = SOURCE_WIDTH
    return table


def _right(parts: list[tuple[str, Any]]) -> Table:
    heads = ("photos", "kind %", "item %", "balanced", "F1 kind", "F1 item")
    table = _table("by source: what is right", "source", *heads)
    for name, part in parts:
        table.add_row(
            escape(name), str(part["photos"]), share_text(part["kind_accuracy"]),
            share_text(part["item_accuracy"]), str(part["balanced_kind_accuracy"]),
            str(part["kind_macro_f1"]), str(part["item_macro_f1"]),
        )  # fmt: skip
    return table


def _trust(parts: list[tuple[str, Any]]) -> Table:
    heads = ("sure of %", "kind when sure %", "item when sure %", "ECE raw", "ECE", "AURC")
    table = _table("by source: what its sureness is worth", "source", *heads)
    for name, part in parts:
        table.add_row(
            escape(name),
            *(share_text(part["sure"][one]) for one in ("coverage", "kind_accuracy", "item_accuracy")),
            str(part["calibration_error_before"]), str(part["calibration_error"]),
            str(part["risk_coverage_area"]),
        )  # fmt: skip
    return table


def _names(parts: dict[str, Any], title: str) -> Table:
    heads = {"recall": "recall %", "precision": "precision %", "precision_when_sure": "precision when sure %"}
    known = [name for name in heads if any(name in part for part in parts.values())]
    table = _table(f"by {title}", title, "photos", *(heads[name] for name in known))
    for name, part in parts.items():
        table.add_row(name, str(part["recall"]["of"]), *(share_text(part[one]) for one in known))
    return table


def _confusion(counts: dict[str, dict[str, int]], title: str) -> Table:
    """Rows are what is true, columns what was said."""
    numbered = len(counts) > MOST_HEADS
    heads = [str(number) for number in range(1, len(counts) + 1)] if numbered else list(counts)
    table = _table(title, "true \\ said", *heads)
    for head, (true, row) in zip(heads, counts.items(), strict=True):
        name = f"{head:>2} {true}" if numbered else true
        table.add_row(name, *(str(count) if count else "." for count in row.values()))
    return table


def _refusals(part: dict[str, Any]) -> Table:
    table = _table("no item", "", "%")
    table.columns[0].max_width = None
    table.add_row("photos without an item: refused", share_text(part["no_item_refused"]))
    table.add_row("photos without an item: refused or unsure", share_text(part["no_item_unsure"]))
    table.add_row("items wrongly refused", share_text(part["items_wrongly_refused"]))
    table.add_row("AUROC of the no-item class, 0 to 1", str(part["no_item_auroc"]))
    return table


def _reasons(result: dict[str, Any]) -> Table:
    """Of how many photos it was sure, and why not of the others; those without an item by their name."""
    refusals = result["refusals"]
    items = {reason: counts["items"] for reason, counts in refusals["reasons"].items()}
    rows = {
        "an item": {"sure": result["sure"]["coverage"]["hits"]} | items,
        **{f"no item: {name}": counts for name, counts in refusals["no_item_reasons"].items()},
    }
    heads = ("sure", *refusals["reasons"])
    table = _table("why it was unsure", "photos of", *heads)
    for name, counts in rows.items():
        table.add_row(escape(name), *(str(counts.get(head, 0) or ".") for head in heads))
    return table


def _risks(result: dict[str, Any]) -> Table:
    table = _table("risk at coverage", "share answered, surest first", *result["risk_at_coverage"])
    table.add_row("wrong kinds among them", *map(str, result["risk_at_coverage"].values()))
    return table
