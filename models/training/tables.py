"""The tables of the card, as lines of Markdown, and how a figure stands in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.classifier import REASONS
from models.labels import NO_ITEM
from models.measuring import measures
from models.measuring.measures import Confusion, share

Json = dict[str, Any]


def percent(counted: Json) -> str:
    """A percentage with its 95 % interval; below 30 photos the counts and the interval alone."""
    if not counted["of"]:
        return "none"
    low, high = (100 * end for end in counted["interval"])
    if counted["share"] is None:
        return f"{counted['hits']} of {counted['of']} ({low:.0f}–{high:.0f} %)"
    return f"{100 * measures.of(counted):.1f} % ({low:.1f}–{high:.1f})"


def plain(value: float | None) -> str:
    """A mean of shares, which has no interval of its own."""
    return "none" if value is None else f"{100 * value:.1f} %"


def lines(*rows: tuple[str, ...]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def of_names(parts: Json) -> str:
    return lines(*((name, str(part["recall"]["of"]), percent(part["recall"]), percent(part["precision"]))
                   for name, part in parts.items()))  # fmt: skip


def of_kinds(counts: Confusion, sure: Confusion) -> str:
    """As ``of_names``; then of what was surely called so how much was, and of its photos how many were said
    surely, and how many of these were called something else.
    """
    rows = []
    for name in counts:
        (_, of), (right, said) = measures.recall(counts, name), measures.recall(sure, name)
        rows.append((name, str(of), percent(recall(counts, name)),
                     percent(share(*measures.precision(counts, name))),
                     percent(share(*measures.precision(sure, name))),
                     percent(share(said, of)), percent(share(said - right, of))))  # fmt: skip
    return lines(*rows)


def range_of(parts: Json, of: Callable[[Json], Json]) -> str:
    """From the least of the sources' shares to the largest, of sources with enough photos to state one."""
    shares = [of(part)["share"] for part in parts.values() if of(part)["share"] is not None]
    return f"{100 * min(shares):.1f} to {100 * max(shares):.1f} %" if shares else "none"


def range_of_errors(parts: Json) -> str:
    enough = [
        part["calibration_error"] for part in parts.values() if part["kind_accuracy"]["share"] is not None
    ]
    return f"{min(enough)} to {max(enough)}" if enough else "none"


def recall(counts: Confusion, name: str) -> Json:
    return share(*measures.recall(counts, name))


def of_sources(parts: Json) -> str:
    return lines(*((name, str(part["photos"]), percent(part["kind_accuracy"]), percent(part["item_accuracy"]),
                    percent(part["sure"]["kind_accuracy"]), percent(part["sure"]["coverage"]))
                   for name, part in parts.items() if part["photos"]))  # fmt: skip


def of_left_out(parts: Json) -> str:
    def balanced(part: Json) -> str:
        enough = part["kind_accuracy"]["share"] is not None
        return plain(part["balanced_kind_accuracy"]) if enough else "–"

    return lines(*((name, str(part["kind_accuracy"]["of"]), percent(part["kind_accuracy"]), balanced(part),
                    str(part["calibration_error"]), percent(part["sure"]["kind_accuracy"]),
                    percent(part["sure"]["coverage"])) for name, part in parts.items()))  # fmt: skip


def of_grounds(parts: Json) -> str:
    return lines(*((name, str(part["photos"]), percent(part["kind_accuracy"]),
                    plain(part["balanced_kind_accuracy"]), percent(part["sure"]["kind_accuracy"]),
                    percent(part["sure"]["coverage"]), percent(part["refusals"]["items_wrongly_refused"]))
                   for name, part in parts.items() if part["photos"]))  # fmt: skip


def of_emptiness(parts: Json) -> str:
    return lines(*((name, str(part["refusals"]["no_item_refused"]["of"]),
                    percent(part["refusals"]["no_item_refused"]), percent(part["refusals"]["no_item_unsure"]),
                    str(part["refusals"]["no_item_auroc"] or "–"))
                   for name, part in parts.items() if part["refusals"]["no_item_refused"]["of"]))  # fmt: skip


def of_reasons(parts: Json) -> str:
    """Why the made pictures without an item were refused, as counts, ground by ground."""
    said = {name: part["refusals"]["no_item_reasons"].get(NO_ITEM, {}) for name, part in parts.items()}
    columns = [reason for reason in (*REASONS, "sure") if any(reason in counts for counts in said.values())]
    return lines(
        ("", *columns), ("---",) * (len(columns) + 1),
        *((name, *(str(counts.get(reason, ".")) for reason in columns))
          for name, counts in said.items() if counts),
    )  # fmt: skip


def called(drawn: Json, refusal: str, *others: str) -> str:
    """How many of the drawn pictures that are ``refusal`` were refused as that, or as one of ``others``."""
    said = drawn["refusals"]["no_item_reasons"].get(refusal, {})
    return f"{sum(said.get(one, 0) for one in (refusal, *others))} of {sum(said.values())}"


def of_steps(steps: dict[str, Json]) -> str:
    return lines(*((name, f"{part['seconds'] / 60:.1f}", f"{part['cpu_seconds'] / 60:.1f}",
                    " ".join(part.get("code", ())) or "not noted")
                   for name, part in steps.items()))  # fmt: skip


def milliseconds(parts: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in parts.items())
