"""What the bin runs: one photo in, what lies in it out, or an honest "unsure"."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime

from models import lens
from models.decision import Decision
from models.errors import UnreadablePhotoError
from models.familiarity import Familiarity
from models.labels import KINDS, Labels
from models.preparation import prepare
from models.sums import check_sums

ARTIFACTS = Path(__file__).parent / "artifacts"
REASONS = (
    "no_item", "too_dark", "blurred", "covered", "unfamiliar", "bag", "unreadable", "low_confidence",
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Classification:
    """What the classifier says of one photo.

    ``kind_probabilities`` (four kinds) and ``item_probabilities`` each sum to 1, also when
    ``unsure``. ``reason`` is None exactly when the classifier is sure, else one of ``REASONS``.
    ``view`` is what the lens showed, for whoever watches it; None where no photo could be read.
    """

    item: str
    kind: str
    kind_probabilities: dict[str, float]
    item_probabilities: dict[str, float]
    unsure: bool
    reason: str | None
    view: lens.View | None = None

    def __post_init__(self) -> None:
        if self.unsure != (self.reason is not None) or self.reason not in (None, *REASONS):
            raise ValueError(f"unsure={self.unsure} does not go with reason={self.reason!r}")

    @property
    def confidence(self) -> float:
        """The probability of ``kind``, 0 to 1."""
        return self.kind_probabilities[self.kind]


@dataclass(frozen=True)
class Scores:
    """The network's answer before any decision: logits of items, then of refusals, and features."""

    logits: Floats
    features: Floats


class WasteClassifier:
    """The network with its labels and thresholds. Made by ``load``; safe to call from several threads."""

    def __init__(
        self, network: bytes, labels: Labels, decision: Decision, familiarity: Familiarity, threads: int
    ) -> None:
        self.model_hash = hashlib.sha256(network).hexdigest()
        self.labels = labels
        self.decision = decision
        self._familiarity = familiarity
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = allowed_threads(threads)
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        blank = np.zeros((labels.side, labels.side, 3), np.uint8)
        scores = self.score(blank)  # the first run allocates
        if len(scores.logits) != len(labels.items) + len(labels.refusals):
            raise ValueError(f"{len(scores.logits)} logits for {[*labels.items, *labels.refusals]}")
        if not (np.isfinite(scores.logits).all() and np.isfinite(scores.features).all()):
            raise ValueError("its scores of a blank picture are not finite")
        self._familiarity.distance(scores.features)  # a dark picture's is not asked for below
        self.decide(scores, lens.look(blank))

    @classmethod
    def load(cls, directory: Path | None = None, threads: int = 1) -> WasteClassifier:
        """Loads the artifacts, ours unless ``directory`` names others, and warms up.

        ``threads`` is an upper bound: never more than the cores this process may use. Raises
        OSError where a file cannot be read, ValueError, which names it, where one is not what it should be.
        """
        folder = ARTIFACTS if directory is None else Path(directory)
        check_sums(folder)
        network = folder / "waste.onnx"
        content = network.read_bytes()
        labels = _read(folder / "labels.json", Labels.read)
        decision = _read(folder / "decision.json", Decision.read)
        familiarity = _read(folder / "familiarity.npz", Familiarity.read)
        return _read(network, lambda _path: cls(content, labels, decision, familiarity, threads))

    def classify(self, jpeg: bytes) -> Classification:
        """Says what lies in the photo. No bytes make it raise: those that are no photo are "unreadable".

        Raises TypeError for what is no bytes, such as a file's name.
        """
        if not isinstance(jpeg, (bytes, bytearray, memoryview)):
            raise TypeError(f"classify takes the bytes of a photo, not {type(jpeg).__name__}")
        try:
            photo = prepare(bytes(jpeg), self.labels.side)
        except UnreadablePhotoError:
            return self._unreadable()
        return self.decide(self.score(photo.pixels), lens.look(photo.pixels))

    def score(self, pixels: npt.NDArray[np.uint8]) -> Scores:
        """Runs the network alone on a prepared photo, uint8 RGB (side, side, 3)."""
        logits, features = self._session.run(["logits", "features"], {"pixels": pixels[None]})
        return Scores(logits[0].astype(np.float64), features[0].astype(np.float64))

    def decide(self, scores: Scores, view: lens.View) -> Classification:
        """Turns scores into an answer; the first reason that holds makes it unsure."""
        labels, temperature = self.labels, self.decision.temperature
        items = softmax(scores.logits[: len(labels.items)] / temperature)
        kinds = kind_probabilities(scores.logits, labels.kinds, temperature)
        best = int(kinds.argmax())
        of_kind = np.array([kind == KINDS[best] for kind in labels.kinds])
        item = int((items * of_kind).argmax())  # an answer never contradicts itself
        reason = self._doubt(scores, view, float(kinds[best]))
        return Classification(
            item=labels.items[item],
            kind=KINDS[best],
            kind_probabilities=dict(zip(KINDS, kinds.tolist(), strict=True)),
            item_probabilities=dict(zip(labels.items, items.tolist(), strict=True)),
            unsure=reason is not None,
            reason=reason,
            view=view,
        )

    def _doubt(self, scores: Scores, view: lens.View, confidence: float) -> str | None:
        if lens.too_dark(view, self.decision):
            return "too_dark"
        if emptiness(scores.logits, self.labels.kinds) >= self.decision.no_item_from:
            return self.labels.refusals[int(scores.logits[len(self.labels.items) :].argmax())]
        # Only now: a smooth panel and a covered lens are as soft as a blurred item, and it knows them.
        if soft := lens.softness(view, self.decision):
            return soft
        if self._familiarity.distance(scores.features) >= self.decision.unfamiliar_from:
            return "unfamiliar"
        return None if confidence >= self.decision.sure_from else "low_confidence"  # NaN is not sure either

    def _unreadable(self) -> Classification:
        labels = self.labels
        # All are equally likely; the one named is of "other", the compartment that spoils nothing.
        index = labels.kinds.index("other") if "other" in labels.kinds else 0
        return Classification(
            item=labels.items[index],
            kind=labels.kinds[index],
            kind_probabilities=dict.fromkeys(KINDS, 1 / len(KINDS)),
            item_probabilities=dict.fromkeys(labels.items, 1 / len(labels.items)),
            unsure=True,
            reason="unreadable",
        )


def _read(path: Path, read: Callable[[Path], Part]) -> Part:
    """What ``read`` makes of a file. Raises OSError, or ValueError with its name for all else."""
    try:
        return read(path)
    except OSError:
        raise
    except Exception as error:  # what lies in a broken file may break any of its readers anyhow
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from error


def softmax(logits: Floats) -> Floats:
    """Over the last axis; sums to 1 and does not overflow."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def kind_probabilities(logits: Floats, row_kinds: Sequence[str], temperature: float) -> Floats:
    """(…, 4) from logits (…, classes), of which those after the items, of ``row_kinds``, are left aside."""
    items = softmax(logits[..., : len(row_kinds)] / temperature)
    return np.stack([items[..., [row == kind for row in row_kinds]].sum(-1) for kind in KINDS], -1)


def emptiness(logits: Floats, row_kinds: Sequence[str]) -> Floats:
    """The probability (…), 0 to 1, that there is no item to judge: any of the refusals."""
    return np.asarray(softmax(logits)[..., len(row_kinds) :].sum(-1))


def allowed_threads(wanted: int) -> int:
    """``wanted``, but at least 1 and at most the cores this process is pinned to."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else (os.cpu_count() or 1)
    return max(1, min(wanted, cores))
