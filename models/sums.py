"""The files of a model and what ties them together: thresholds of another network would be said surely."""

from __future__ import annotations

import hashlib
from pathlib import Path

FILES = ("waste.onnx", "labels.json", "decision.json", "familiarity.npz")
SUMS = "SHA256SUMS"
"""Holds the hash of each of FILES, as ``sha256sum`` writes it."""


def write_sums(folder: Path) -> None:
    (folder / SUMS).write_text("".join(f"{_sha256(folder / name)}  {name}\n" for name in FILES))


def check_sums(folder: Path) -> None:
    """Raises ValueError where a file is not the one that SUMS names; without SUMS there is nothing to check.

    Raises OSError where one cannot be read.
    """
    if not (folder / SUMS).exists():
        return
    lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    for name in FILES:
        if f"{_sha256(folder / name)}  {name}" not in lines:
            raise ValueError(f"{folder / name}: damaged, or of another model ({SUMS} names another)")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
