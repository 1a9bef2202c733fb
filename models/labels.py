"""What the classifier can say: the items it knows and the kind each belongs to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

KINDS = ("recyclable", "kitchen", "hazardous", "other")
"""The four kinds of GB/T 19095-2019, named as in the training manifests."""
NO_ITEM = "none"
"""The manifests' label of photos without a waste item."""
REFUSALS = ("bag", "covered", "no_item")
"""Why a network may see no item to judge: a closed bag, a view that the lens hides, nothing there."""
ITEM = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""How items are named: as the wire contract has it, or no deposit could tell them."""


@dataclass(frozen=True)
class Labels:
    """``items[i]`` is the item of logit ``i`` and ``kinds[i]`` its kind.

    The logits after those are of pictures that are no judgeable item; ``refusals`` are the reasons.
    ``side`` is the network's input in pixels.
    """

    items: tuple[str, ...]
    kinds: tuple[str, ...]
    side: int
    refusals: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.items or len(self.items) != len(self.kinds) or len(set(self.items)) != len(self.items):
            raise ValueError("labels need one kind for each of their distinct items")
        if wrong := [item for item in self.items if not ITEM.fullmatch(item)]:
            raise ValueError(f"no item can be called {wrong[0]!r}: use small letters, digits and _")
        if taken := set(self.items) & {NO_ITEM, *REFUSALS}:
            raise ValueError(f"no item can be called {min(taken)!r}, which says that there is none")
        if unknown := set(self.kinds) - set(KINDS):
            raise ValueError(f"unknown kinds {sorted(unknown)}")
        if not self.refusals or set(self.refusals) - set(REFUSALS):
            raise ValueError(f"refusals are {list(self.refusals)}, and not some of {', '.join(REFUSALS)}")

    @classmethod
    def read(cls, path: Path) -> Labels:
        """Reads ``labels.json``. Raises nearly anything, as ``Decision.read`` does."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            tuple(stored["items"]),
            tuple(stored["items"].values()),
            int(stored["side"]),
            tuple(stored["refusals"]),
        )

    def write(self, path: Path) -> None:
        stored = {
            "items": dict(zip(self.items, self.kinds, strict=True)),
            "refusals": self.refusals,
            "side": self.side,
        }
        path.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
