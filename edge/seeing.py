"""What the classifier says, as the fields of an event."""

from dataclasses import dataclass
from typing import Any, Protocol

from linli.waste import Kind
from models.classifier import Classification
from models.lens import View

GUESSABLE = {"low_confidence"}
"""Reasons for which the classifier's best guess is still worth telling; for the others there is nothing to
guess.
"""


class Classifier(Protocol):
    """models.classifier.WasteClassifier, or what stands for it."""

    model_hash: str

    def classify(self, jpeg: bytes) -> Classification:
        """What lies in the photo."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A classification in the words of the wire. Probabilities are 0..1."""

    item: str | None
    item_kind: Kind | None
    confidence: float | None
    unsure: str | None
    kind_probabilities: dict[Kind, float] | None
    model: str
    view: View | None = None
    """What the lens showed, for edge.watch; it is not told. None where the photo could not be read."""

    def fields(self) -> dict[str, Any]:
        """Those that deposits and observations share."""
        return {
            "item": self.item,
            "item_kind": self.item_kind,
            "confidence": self.confidence,
            "unsure": self.unsure,
            "model": self.model,
        }


def seen(classification: Classification, model: str) -> Seen:
    """Read a classification. What is not sure is told with its reason, never as if it were."""
    reason, view = classification.reason, classification.view
    if classification.unsure and reason not in GUESSABLE:
        return Seen(None, None, None, reason or "unsure", None, model, view)
    probabilities = {
        Kind(kind): round(min(1.0, max(0.0, p)), 4) for kind, p in classification.kind_probabilities.items()
    }
    kind = Kind(classification.kind)
    return Seen(classification.item, kind, probabilities[kind], reason, probabilities, model, view)
