"""How long one photo takes on one thread, with and without decoding it."""

from __future__ import annotations

import io
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.classifier import WasteClassifier

PARTS = (50, 95, 99)


def camera_photo(width: int = 1280, height: int = 720) -> bytes:
    """A JPEG of a bin camera's size with as much detail as a real one: blocks under sensor noise."""
    dice = np.random.default_rng(7)
    blocks = dice.integers(0, 255, (height // 40, width // 40, 3), np.uint8)
    photo = np.kron(blocks, np.ones((40, 40, 1), np.uint8)).astype(np.int16)
    photo += dice.integers(-12, 12, photo.shape, np.int16)
    stream = io.BytesIO()
    Image.fromarray(photo.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def latency(classifier: WasteClassifier, runs: int = 200) -> dict[str, Any]:
    """Milliseconds at p50, p95 and p99: the network alone, and from a 720p JPEG to an answer; on what."""
    side = classifier.labels.side
    pixels = np.random.default_rng(7).integers(0, 255, (side, side, 3), np.uint8)
    jpeg = camera_photo()
    network, whole = [], []
    for _ in range(runs):
        begin = time.perf_counter()
        classifier.score(pixels)
        between = time.perf_counter()
        classifier.classify(jpeg)
        network.append(between - begin)
        whole.append(time.perf_counter() - between)
    return {"network_ms": _parts(network), "jpeg_720p_ms": _parts(whole), "processor": processor()}


def processor() -> str:
    """What this machine calls its processor; "" where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _parts(seconds: list[float]) -> dict[str, float]:
    return {f"p{part}": round(float(np.percentile(seconds, part)) * 1000, 2) for part in PARTS}
