"""The classifier's answers on labelled photos, and the figures that follow from them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import lens
from models.classifier import REASONS, Classification, WasteClassifier, emptiness, kind_probabilities
from models.errors import UnreadablePhotoError
from models.labels import KINDS, NO_ITEM, Labels
from models.measuring import measures
from models.measuring.manifest import Photo, read_jpegs
from models.preparation import prepare

REFUSING = tuple(reason for reason in REASONS if reason != "low_confidence")
"""Reasons that say "this is no item I could judge"; ``low_confidence`` says "it may be this"."""


@dataclass(frozen=True)
class Answer:
    """One photo with what was said of it. ``raw`` is the confidence before calibration, 0 to 1.

    ``unread`` is why it could not be read, and then nothing is measured by it; "" where it could.
    """

    photo: Photo
    said: Classification
    raw: float
    emptiness: float
    unread: str = ""

    @property
    def right(self) -> bool:
        return self.said.kind == self.photo.kind

    @property
    def refused(self) -> bool:
        return self.said.reason in REFUSING


def answer_all(
    classifier: WasteClassifier, photos: list[Photo], folder: Path, each: Callable[[], None] = lambda: None
) -> list[Answer]:
    """Answers every photo; ``each`` is called after each. Raises as ``read_jpegs`` does."""
    answers = []
    for photo, jpeg in read_jpegs(photos, folder):
        try:
            prepared = prepare(jpeg, classifier.labels.side)
        except UnreadablePhotoError as error:
            answers.append(Answer(photo, classifier.classify(jpeg), 1 / len(KINDS), 1.0, str(error)))
        else:
            scores = classifier.score(prepared.pixels)
            said = classifier.decide(scores, lens.look(prepared.pixels))
            raw = float(kind_probabilities(scores.logits, classifier.labels.kinds, 1.0).max())
            empty = float(emptiness(scores.logits, classifier.labels.kinds))
            answers.append(Answer(photo, said, raw, empty))
        each()
    return answers


def remarks(answers: list[Answer], labels: Labels) -> list[str]:
    """What is odd about the photos, a line each: those that could not be read first, then labels at odds."""
    kinds = dict(zip(labels.items, labels.kinds, strict=True))
    unread = [one for one in answers if one.unread]
    odd = [one.photo for one in answers if kinds.get(one.photo.item, one.photo.kind) != one.photo.kind]
    of, found = f"of {len(answers)} photos", []
    if unread:
        first = unread[0]
        found.append(
            f"{len(unread)} {of} could not be read, and count nowhere: {first.photo.file}: {first.unread}"
        )
    if odd:
        found.append(
            f"{len(odd)} {of} are labelled with an item of another kind, and count as labelled: "
            f"{odd[0].file} is {odd[0].kind!r}, and {odd[0].item!r} is {kinds[odd[0].item]!r} to the model"
        )
    return found


def write_each(answers: list[Answer], path: Path) -> None:
    """A CSV with a line for each photo: what it shows, and what was said of it."""
    with path.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(("file", "bin", "fine", "kind", "item", "confidence", "unsure"))
        for one in answers:
            photo, said = one.photo, one.said
            rows.writerow((photo.file, photo.kind, photo.item, said.kind, said.item,
                           round(said.confidence, 4), said.reason or ""))  # fmt: skip


def figures(answers: list[Answer], labels: Labels, among: list[Answer] | None = None) -> dict[str, Any]:
    """Every figure about these answers, as JSON; kinds and items as counts with intervals.

    Photos whose item is not one of the labels count by kind only; those without an item
    (``none``) count as refused or not and nowhere else, and those that could not be read nowhere at all.
    Where these hold no item, those of all, ``among`` which they are, are what the photos without one are
    told apart from.
    """
    read = [one for one in answers if not one.unread]
    shown = [one for one in read if one.photo.kind != NO_ITEM]
    items = shown or [one for one in among or [] if one.photo.kind != NO_ITEM and not one.unread]
    empty = [one for one in read if one.photo.kind == NO_ITEM]
    named = [one for one in shown if one.photo.item in labels.items]
    return {
        "photos": len(shown),
        "unreadable": len(answers) - len(read),
        **_accuracy(shown, named, labels),
        **_confidence(shown, named),
        "refusals": _refusals(shown, empty, items),
    }


def _accuracy(shown: list[Answer], named: list[Answer], labels: Labels) -> dict[str, Any]:
    kinds = measures.confusion([one.photo.kind for one in shown], [one.said.kind for one in shown], KINDS)
    sure = [one for one in shown if not one.said.unsure]
    surely = measures.confusion([one.photo.kind for one in sure], [one.said.kind for one in sure], KINDS)
    items = measures.confusion(
        [one.photo.item for one in named], [one.said.item for one in named], labels.items
    )
    return {
        "kind_accuracy": measures.share(sum(one.right for one in shown), len(shown)),
        "balanced_kind_accuracy": _rounded(measures.balanced_accuracy(kinds)),
        "item_accuracy": measures.share(sum(one.said.item == one.photo.item for one in named), len(named)),
        "kind_macro_f1": _rounded(measures.macro_f1(kinds)),
        "item_macro_f1": _rounded(measures.macro_f1(items)),
        "kinds": {
            name: part | {"precision_when_sure": measures.share(*measures.precision(surely, name))}
            for name, part in _each(kinds).items()
        },
        "items": _each(items),
        "kind_confusion": kinds,
        "kind_confusion_sure": surely,
        "item_confusion": items,
    }


def _each(counts: measures.Confusion) -> dict[str, Any]:
    return {
        name: {
            "recall": measures.share(*measures.recall(counts, name)),
            "precision": measures.share(*measures.precision(counts, name)),
        }
        for name in counts
        if measures.recall(counts, name)[1]
    }


def _confidence(shown: list[Answer], named: list[Answer]) -> dict[str, Any]:
    right = np.array([one.right for one in shown], bool)
    said = np.array([one.said.confidence for one in shown], np.float64)
    raw = np.array([one.raw for one in shown], np.float64)
    sure = np.array([not one.said.unsure for one in shown], bool)
    _, risk = measures.risk_coverage(said, right)
    sure_of = [one for one in named if not one.said.unsure]
    return {
        "calibration_error_before": _rounded(measures.calibration_error(raw, right)),
        "calibration_error": _rounded(measures.calibration_error(said, right)),
        "risk_coverage_area": _rounded(measures.area_under_risk(said, right)),
        "risk_at_coverage": {
            f"{tenths / 10:.2f}": _rounded(float(risk[-(-len(shown) * tenths // 10) - 1]))
            for tenths in range(1, 11)
            if len(shown)
        },
        "sure": {
            "coverage": measures.share(int(sure.sum()), len(shown)),
            "kind_accuracy": measures.share(int((right & sure).sum()), int(sure.sum())),
            "item_accuracy": measures.share(
                sum(one.said.item == one.photo.item for one in sure_of), len(sure_of)
            ),
        },
    }


def _refusals(shown: list[Answer], empty: list[Answer], items: list[Answer]) -> dict[str, Any]:
    reasons = sorted({one.said.reason for one in shown + empty if one.said.reason})
    return {
        "no_item_refused": measures.share(sum(one.refused for one in empty), len(empty)),
        "no_item_unsure": measures.share(sum(one.said.unsure for one in empty), len(empty)),
        "items_wrongly_refused": measures.share(sum(one.refused for one in shown), len(shown)),
        "no_item_auroc": _rounded(measures.auroc(_emptiness(empty), _emptiness(items))),
        "reasons": {
            reason: {"items": _count(shown, reason), "no_item": _count(empty, reason)} for reason in reasons
        },
        "no_item_reasons": {
            name: dict(Counter(one.said.reason or "sure" for one in empty if one.photo.item == name))
            for name in sorted({one.photo.item for one in empty})
        },
    }


def _emptiness(answers: Iterable[Answer]) -> measures.Floats:
    return np.array([one.emptiness for one in answers], np.float64)


def _count(answers: Iterable[Answer], reason: str) -> int:
    return sum(one.said.reason == reason for one in answers)


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
