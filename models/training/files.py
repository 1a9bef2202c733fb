"""Files that are whole or not there: written beside and renamed, so that a kill leaves no half of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt


def save_array(path: Path, array: npt.ArrayLike) -> None:
    """As ``numpy.save``."""
    _whole(path, lambda file: np.save(file, array))


def save_arrays(path: Path, **arrays: npt.ArrayLike) -> None:
    """As ``numpy.savez``."""
    _whole(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def save_weights(path: Path, weights: dict[str, Any]) -> None:
    """As ``torch.save``."""
    import torch

    _whole(path, lambda file: torch.save(weights, file))


def save_text(path: Path, text: str) -> None:
    """In UTF-8."""
    _whole(path, lambda file: file.write(text.encode()))


def _whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        write(file)
    partial.rename(path)
