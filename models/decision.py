"""When the classifier must say "unsure": every threshold, in one file beside the model."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Decision:
    """Numbers chosen by ``models.training`` on train and val, never on test photos.

    temperature
        Divides the logits before the softmax (Guo et al. 2017, arXiv:1706.04599).
    sure_from
        Smallest probability of the kind, 0 to 1, at which it is said without ``unsure``.
    no_item_from
        Probability that there is no item to judge, 0 to 1 (all refusals), from which the photo is refused.
    unfamiliar_from
        Squared Mahalanobis distance per dimension of the features, from which they are unlike any trained on.
    dark_below
        99th percentile of the luma, 0 to 255, below which the photo is too dark.
    flat_below
        Contrast of the luma (99th minus 1st percentile), below which there is nothing to see.
    sharp_from
        Steepest step over the contrast (``models.lens.look``), below which the photo is blurred.
    """

    temperature: float
    sure_from: float
    no_item_from: float
    unfamiliar_from: float
    dark_below: float
    flat_below: float
    sharp_from: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not math.isfinite(value):
                raise ValueError(f"{name} is {value}")
        if not 0.01 <= self.temperature <= 100:
            raise ValueError(f"temperature is {self.temperature}, and not between 0.01 and 100")
        if not 0 <= self.sure_from <= 1:
            raise ValueError(f"sure_from is {self.sure_from}, and no probability")

    @classmethod
    def read(cls, path: Path) -> Decision:
        """Reads ``decision.json``. Raises nearly anything; ``WasteClassifier.load`` names the file."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{field.name: float(stored[field.name]) for field in fields(cls)})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
